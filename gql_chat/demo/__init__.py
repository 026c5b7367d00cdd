"""An OpenAI-compatible server with a small rule-based model, for newcomers and tests; imports nothing of ours."""
