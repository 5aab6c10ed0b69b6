{{ sector_returns() }}
