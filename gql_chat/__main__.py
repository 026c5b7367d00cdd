"""`python -m gql_chat` is the command `gql-chat`."""

from gql_chat.cli import main

if __name__ == "__main__":
    main(prog_name="gql-chat")
