{{ resolved_events('prices') }}
