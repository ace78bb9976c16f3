"""The monitor keeps the watch: it reads new articles for events, runs the clock, guards the health, owns the doors.

It is the one room that knows both others: articles come from `crawler`, notices go to `alerts`.
"""
