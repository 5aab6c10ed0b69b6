{{ resolved_events('corporate_actions') }}
