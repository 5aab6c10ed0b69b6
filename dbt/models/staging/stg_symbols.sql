{{ resolved_events('symbols') }}
