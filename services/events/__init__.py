"""Events between cases: who waits for which message or signal, and what is on its way."""
