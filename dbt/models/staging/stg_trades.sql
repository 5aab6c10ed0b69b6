{{ resolved_events('trades') }}
