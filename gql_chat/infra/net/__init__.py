"""Network addresses and the guard against SSRF."""
