{{ resolved_events('fx_rates') }}
