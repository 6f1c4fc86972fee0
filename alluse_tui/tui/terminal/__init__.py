"""The terminal itself: driver, crash report, profiling."""
