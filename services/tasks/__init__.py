"""User tasks: candidates, inboxes, claims and drafts."""
