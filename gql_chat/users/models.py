"""Tables of accounts: users, their sign-ins, codes and tokens."""

from enum import StrEnum

from tortoise import fields
from tortoise.models import Model


class UserRole(StrEnum):
    """What an account may do beyond managing its own data."""

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
    """What a personal access token permits."""

    CHAT = "CHAT"
    KEYS = "KEYS"
    FILES = "FILES"
    ACCOUNT = "ACCOUNT"
    ADMIN = "ADMIN"


class User(Model):
    """A person's account. The folded columns hold normalized values, which must be unique.

    `change_count` numbers the user's changes. Only `changes.record` writes it.
    """

    id = fields.CharField(max_length=32, primary_key=True)
    username = fields.CharField(max_length=50)
    username_folded = fields.CharField(max_length=150, unique=True)
    email = fields.CharField(max_length=254)
    email_folded = fields.CharField(max_length=300, unique=True)
    password_hash = fields.CharField(max_length=100)
    nickname = fields.CharField(max_length=50, null=True)
    avatar_url = fields.CharField(max_length=2048, null=True)
    phone = fields.CharField(max_length=20, null=True)
    role = fields.CharEnumField(UserRole, max_length=32, description="USER or ADMIN")
    status = fields.CharEnumField(UserStatus, max_length=32, description="ACTIVE or DISABLED")
    default_persona = fields.CharField(max_length=100, null=True)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()
    last_login_at = fields.DatetimeField(null=True)
    monthly_token_quota = fields.BigIntField(null=True)  # set by an admin, overrides the setting
    change_count = fields.BigIntField(default=0, db_default=0)

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
    generation = fields.IntField()
    rotated_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    ends_at = fields.DatetimeField(db_index=True)
    revoked_at = fields.DatetimeField(null=True)
    client_ip = fields.CharField(max_length=45, null=True)
    user_agent = fields.CharField(max_length=300, null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "sign_ins"
        indexes = (("user_id",),)


class VerificationCode(Model):
    """A six-digit code, hashed, bound to a login and a purpose."""

    id = fields.CharField(max_length=32, primary_key=True)
    login_folded = fields.CharField(max_length=300)
    purpose = fields.CharEnumField(CodePurpose, max_length=32, description="REGISTER, PASSWORD_RESET or EMAIL_CHANGE")
    code_hash = fields.CharField(max_length=64)
    attempts = fields.IntField()
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField(db_index=True)
    consumed_at = fields.DatetimeField(null=True)

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
    old_email = fields.CharField(max_length=254)
    old_email_folded = fields.CharField(max_length=300, db_index=True)
    code_hash = fields.CharField(max_length=64, unique=True)
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField(db_index=True)

    class Meta:
        table = "email_changes"
        indexes = (("user_id",),)


class AccessToken(Model):
    """A personal access token for scripts. Only its SHA-256 is stored."""

    user_id: str
    id = fields.CharField(max_length=32, primary_key=True)
    user = fields.ForeignKeyField("models.User", related_name=False, on_delete=fields.CASCADE)
    name = fields.CharField(max_length=100)
    token_hash = fields.CharField(max_length=64, unique=True)
    scopes: fields.Field[list[str]] = fields.JSONField()
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField(null=True)
    last_used_at = fields.DatetimeField(null=True)

    class Meta:
        table = "access_tokens"
        indexes = (("user_id",),)
