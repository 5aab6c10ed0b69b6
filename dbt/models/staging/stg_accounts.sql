{{ resolved_events('accounts') }}
