"""What a refresh costs with more and more history behind it: ``python -m benchmarks.replay --trades 100000 1000000``."""
