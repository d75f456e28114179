"""The BPM kernel: diagrams, tokens, expressions, decisions, forms, deadlines.

Pure by contract: nothing in here knows Flask, SQLAlchemy, Celery, the file system, the network or
the clock.  Whoever calls passes bytes, variables and `now`; what comes back is data.
"""
