{{ resolved_events('cash_events') }}
