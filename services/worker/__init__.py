"""The Celery application; its messages are hints, the job table is the truth."""
