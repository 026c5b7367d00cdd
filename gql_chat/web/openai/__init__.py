"""The door for OpenAI clients: `/v1/models` and `/v1/chat/completions`, in OpenAI's own form."""
