"""Tables of accounts: users, their sign-ins, codes and tokens."""

from enum import StrEnum

from tortoise import fields
from tortoise.models import Model

from gql_chat.infra.db.checked_enum import checked_enum


class UserRole(StrEnum):
    """The rights of an account beyond managing its own data."""

    USER = "USER"
    ADMIN = "ADMIN"


class UserStatus(StrEnum):
    """Whether an account may sign in."""

    ACTIVE = "ACTIVE"
    DISABLED = "DISABLED"


class CodePurpose(StrEnum):
    """The only purpose that a verification code can be used for."""

    REGISTER = "REGISTER"
    PASSWORD_RESET = "PASSWORD_RESET"  # noqa: S105 - the name of a purpose, not a password
    EMAIL_CHANGE = "EMAIL_CHANGE"


class Scope(StrEnum):
    """A permission of a personal access token."""

    CHAT = "CHAT"
    KEYS = "KEYS"
    FILES = "FILES"
    ACCOUNT = "ACCOUNT"
    ADMIN = "ADMIN"
    COMPLETIONS = "COMPLETIONS"


class User(Model):
    """A person's account. The folded columns hold normalized values, which must be unique.

    `change_count` numbers the user's changes. Only `changes.record` writes it.
    """

    id = fields.CharField(max_length=32, primary_key=True)
    username = fields.CharField(max_length=50)  # as the user writes it
    username_folded = fields.CharField(max_length=150, unique=True)  # normalized, unique
    email = fields.CharField(max_length=254)  # as the user writes it
    email_folded = fields.CharField(max_length=300, unique=True)  # normalized, unique
    password_hash = fields.CharField(max_length=100)  # bcrypt
    nickname = fields.CharField(max_length=50, null=True)  # shown instead of the username
    avatar_url = fields.CharField(max_length=2048, null=True)  # a picture
    phone = fields.CharField(max_length=20, null=True)  # not verified
    role = checked_enum(UserRole, description="USER or ADMIN")
    status = checked_enum(UserStatus, description="ACTIVE or DISABLED")
    default_persona = fields.CharField(max_length=100, null=True)  # null: the first persona
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()
    last_login_at = fields.DatetimeField(null=True)  # null: never
    monthly_token_quota = fields.BigIntField(null=True)  # set by an admin, overrides the setting
    change_count = fields.BigIntField(default=0, db_default=0)  # the number of the latest change

    class Meta:
        table = "users"


class SignIn(Model):
    """One sign-in and the chain of refresh tokens that continues it (a token family).

    No token is stored: a refresh token is a MAC over the row's id and a generation, so the row only holds the current
    generation. `expires_at` is the end of the current refresh token, `ends_at` the end of the family.
    """

    user_id: str
    id = fields.CharField(max_length=32, primary_key=True)
    user = fields.ForeignKeyField("models.User", related_name=False, on_delete=fields.CASCADE)
    generation = fields.IntField()  # the number of the current refresh token
    rotated_at = fields.DatetimeField()  # when that token was issued
    expires_at = fields.DatetimeField()  # when that token ends
    ends_at = fields.DatetimeField(db_index=True)  # when the whole sign-in ends
    revoked_at = fields.DatetimeField(null=True)  # null: it is not revoked
    client_ip = fields.CharField(max_length=45, null=True)  # where the user signed in
    user_agent = fields.CharField(max_length=300, null=True)  # how the user signed in
    created_at = fields.DatetimeField()

    class Meta:
        table = "sign_ins"
        indexes = (("user_id",),)


class VerificationCode(Model):
    """A six-digit code, hashed, bound to a login and a purpose."""

    id = fields.CharField(max_length=32, primary_key=True)
    login_folded = fields.CharField(max_length=300)  # the login as typed, normalized
    purpose = checked_enum(CodePurpose, description="REGISTER, PASSWORD_RESET or EMAIL_CHANGE")
    code_hash = fields.CharField(max_length=64)  # an HMAC that covers purpose, login and recipient
    attempts = fields.IntField()  # wrong guesses so far
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField(db_index=True)  # when the code ends
    consumed_at = fields.DatetimeField(null=True)  # null: it was not used

    class Meta:
        table = "verification_codes"
        indexes = (("login_folded", "purpose", "created_at"),)


class EmailChange(Model):
    """A change of an account's address, with the old one. The holder of the old address can revert it by a code.

    Only the SHA-256 of the code is stored. Until `expires_at` nobody else can have the old address.
    """

    user_id: str
    id = fields.CharField(max_length=32, primary_key=True)
    user = fields.ForeignKeyField("models.User", related_name=False, on_delete=fields.CASCADE)
    old_email = fields.CharField(max_length=254)  # the address before the change
    old_email_folded = fields.CharField(max_length=300, db_index=True)  # the same, normalized
    code_hash = fields.CharField(max_length=64, unique=True)  # the hash of the code that undoes the change
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField(db_index=True)  # when the code ends

    class Meta:
        table = "email_changes"
        indexes = (("user_id",),)


class AccessToken(Model):
    """A personal access token for scripts. Only its SHA-256 is stored."""

    user_id: str
    id = fields.CharField(max_length=32, primary_key=True)
    user = fields.ForeignKeyField("models.User", related_name=False, on_delete=fields.CASCADE)
    name = fields.CharField(max_length=100)  # the owner's name for it
    token_hash = fields.CharField(max_length=64, unique=True)  # SHA-256 of the token, in hexadecimal
    scopes: fields.Field[list[str]] = fields.JSONField()  # a list of Scope values
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField(null=True)  # null: it does not expire
    last_used_at = fields.DatetimeField(null=True)  # null: it was never used

    class Meta:
        table = "access_tokens"
        indexes = (("user_id",),)
