"""Accounts of the harness."""

import secrets

import aiohttp

PASSWORD = "correct horse battery staple"  # noqa: S105 - of accounts that live for seconds
REGISTER = "mutation ($input: RegisterInput!) { register(input: $input) { accessToken } }"


async def register(http: aiohttp.ClientSession, origin: str) -> str:
    """Register a new account and return its access token."""
    name = f"user{secrets.token_hex(6)}"
    account = {"username": name, "email": f"{name}@example.com", "password": PASSWORD}
    payload = {"query": REGISTER, "variables": {"input": account}}
    async with http.post(f"{origin}/graphql", json=payload) as response:
        answer = await response.json()
    token: str = answer["data"]["register"]["accessToken"]
    return token
