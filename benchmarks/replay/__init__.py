"""What a refresh costs the more history lies behind it: ``python -m benchmarks.replay --trades 100000 1000000``."""
