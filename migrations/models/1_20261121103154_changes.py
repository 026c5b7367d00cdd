"""The log of what happens to what users own, and its counter on each user."""

from tortoise import BaseDBAsyncClient

UPGRADE = {
    "sqlite": """
CREATE TABLE IF NOT EXISTS "changes" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "number" BIGINT NOT NULL,
    "kind" VARCHAR(32) NOT NULL /* such as SESSION_CHANGED */,
    "ids" JSON NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "user_id" VARCHAR(32) NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_changes_user_id_0fc14d" UNIQUE ("user_id", "number")
) /* Something that happened to what a user owns, numbered from 1 without a gap; `ids` are what it happened to. */;
CREATE INDEX IF NOT EXISTS "idx_changes_created_f51891" ON "changes" ("created_at");
ALTER TABLE "users" ADD "change_count" BIGINT NOT NULL DEFAULT 0;
""",
    "postgres": """
CREATE TABLE IF NOT EXISTS "changes" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "number" BIGINT NOT NULL,
    "kind" VARCHAR(32) NOT NULL,
    "ids" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "user_id" VARCHAR(32) NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_changes_user_id_0fc14d" UNIQUE ("user_id", "number")
);
CREATE INDEX IF NOT EXISTS "idx_changes_created_f51891" ON "changes" ("created_at");
COMMENT ON COLUMN "changes"."kind" IS 'such as SESSION_CHANGED';
COMMENT ON TABLE "changes" IS 'Something that happened to what a user owns, numbered from 1 without a gap; `ids` are what it happened to.';
ALTER TABLE "users" ADD "change_count" BIGINT NOT NULL DEFAULT 0;
""",
}


async def upgrade(db: BaseDBAsyncClient) -> str:
    return UPGRADE[db.capabilities.dialect]


async def downgrade(db: BaseDBAsyncClient) -> str:
    return ""  # aerich asks for it; the way back is a backup


MODELS_STATE = (
    "eJztXW1T27gW/iuafGl3JmVKgLZ3+RQg281dIAxJu3t3u+MIW2BdHCm1ZFJmb//7lWQ78W"
    "uw0yQoRp8Iso5sP0eWdB6dc/RPa0Id5LG9UxfyIWIMU9L6GfzTInCCxI+iy23QgtPp4qIs"
    "4PDGU/VZWEkVwhvGfWhzUX4LPYZEkYOY7eMpD2/T6gKbkgfkMyhL9sDYRdCxsDMGmAHuIu"
    "BBxsFEtAnvEKC3qowhD9kcOeDGh8R2jwHmwHYhuUMMUOI9goA4yAcQeNS+j4V8OtuTz+RQ"
    "WzwUJnfPc/uA4K8Bsji9Q6LYFw/x19+iGAuRb4jJf/9qBQz54iEUgjbHD8iCXP4jikTdv1"
    "r36FFe/lsKTu+tW4w8J6WzUFaVW/xxqsqEAv1fVE0Jwo1lUy+YkEXt6SN3KZlXFxjJ0jtE"
    "kA/FyyZUSALPi7QdF4VvJQq4H6D56ziLAgfdwsCTHUFKh0+wKGtZ1uVgZA17I8tq5TpJLJ"
    "FQXFQklCc7GCacqfefwG+Wh8gdd8W/B53v4X0WOIS15A0/d69Pf+1evz7o/CRvSEUvDbvv"
    "ZXSloy59V01ADsNGlH4WMHPMhVANpOcC6wE7LligvfjKtg535+3bCniLWqWAq2sS8QXCU/"
    "FpUgLrYJwQWQnlqMPqCfJ+JZD3l4C8nwdZDeJ1IJ4LNA/gjfRixiEPWDHCPRJMFMp98VRi"
    "OkE5tBfSOo8are7pqP+5B6gPepdnvbPsVLvNETsxfmBCUMFkeEKphyApGUHmQhnAb4SUPo"
    "hX7uFLQD0ZDM5lyxPGvnqqoD/KoPvp4qQnhhQFuqiEuSruX44yUEcrpzrjSEKkeSPJ+jtz"
    "tAwVAAaE53HuE14yXGflMmDjsHTHerV4XvHnTWf/8P3hh4N3hx9EFfWg85L3SxSQ779ypW"
    "/FUMECfM8ENhxPUDHIBeIZmJ1Ifi/+sXs9fAmgo/5FbzjqXlylhpOz7qgnr3RU6WOm9PW7"
    "TO+fNwJ+749+BfJf8OfgsqfQpIzf+eqOi3qjP1vymWDAqUXozIJOEpO4OC5K6TtlWdXRdE"
    "pwDTrW7cNqkpJtH0ngV9ByWtKoWWs1B1NnRTWnJY2atVZzxHvVWGEuJMwC8+kFZoJ3rApw"
    "QkRn6/RZIZY07e19IYMo4cvD/Qv1Eb4jv6HHHDOQATki5z9FzewY2N/j3hSXLj45H87mvH"
    "ayk4l3F2+MQiP0tDs87Z71WtlBYg2I/ha2slvjQ1U8F6NiCk5xe3D56fy8pXrsDbTvZ9B3"
    "rFTXlVdoh2ZK5nXzlyadSbYEEmEjOdFbyGeOML8IradWwe5TfKm9bOcpsr4q7zwR0YTcno"
    "Eg2rN6xQRcSJXFbRVtGVWS+0K+kDH1HeTP95IcNOUuuPXpBOwfgzFmVryTNAYT6N+HtShB"
    "YApFRe5CHu03qbsA5tIZ2wO/u9hD4uY+mnqPsu3h6LrXvehffgSYsy9k5mOOfHlhPKP+vf"
    "p0xm0wc7HtgknAuJAkaAbGHoIMWQHh2BuL5+HoGx8DSBwwFmtfRol44bF8AAKgjxa7YYzA"
    "qXgULl5xDDmHtjtBogOOgUuFllW9KfQ5C19AihIqXkS0XnkDLHrjqJMmgAoHWgFquBEm7i"
    "NubWX3xeTvBWuaeE2zZfbcW2ah8nJIl3JX8/qGsyrgrDJfRg2OOyNpiO7qRLdPyzZ9n97L"
    "iWV1Xiu3Pg17123QHQ77wmC7HMktneF/hqPehR57OnImyeM/EqUlm+5RfZ0xX4s53/tjlO"
    "riMYivL7p//JSy5s8Hlx/j6gnQT88HJxmwExN8HvN/DweXJRxpWizLq2Cbg/8BD7NdHMSX"
    "qEACslwFWbTbaZZENpBVwXwxVqfTp4SawH1su+O/iD37ueXQBqeDi6vz3qh31hb2xODqSv"
    "74pds/753J8V/Mgr3r609XI1029m8xwcy1wm6+qpZyjWj8obRm7qOyrZThC5Bo3NFDFcj3"
    "qS9QdWq5wqWlNAZeG3Y2RGyyYEKqzgU5wSagve35wDjJbdrV06eTKbc4vUekYN4tZQhyci"
    "sxBbrhvWaiwBYYeUg+RX2AC2UNyHmQOeXQq49vVsxAm4c2UG5VjAa+vTL3km1D43G5dXU9"
    "+Nw/610rd9rhqH/R1WblPd9TqDMZpoQ0Bn7FCfHdYQWU3x2WoiwvZbwRE5sWOZyf8ERMix"
    "ovRJ1dWoyD2otQc8g0rKTnjKj5nHXWs/FQ23A8z3zDvwbEKSGD8tMop90vqsKcltKZ99bV"
    "G5At4ut/0H0tE62/Y7BX9WNL97inXQPDgWAN8Cbc0XZr5KiKbGrIND6XzfW5HCLinHoQT1"
    "oFXpeLi+3lGT+IY9myXlXXSwKwgyZTyhGxH4GAJnanJM7PYOZS6dsorBsmM2vcIR46Fd5i"
    "n3EACZshvw1mmLviHyp9CMEUPnoUOqIJoYdbD9u8wG9zSzct8G9MZfRIPIQlv5u/i9N/xK"
    "GEsT+j8vY0WT80cGHMKrAW5jnRBq6TNrM9FH5tlguZW2/xn5ZrIN7rZx93i5Xa5mDTJLJi"
    "PqXU+JySMg38lExM3a5CnFgv1YU6LWogN2GMGoQxJnvmVhmLnUY3/Sk/jbKazgy8FeBNTv"
    "zFuD4PgSFJowLqIuKSykkLYX5VT1HqIwcRjqEHbqmvIjQHU0S6/TfSNwpyLNqUHrlTKvBT"
    "EZTqhsdgzJCQ5RZD0ENhUtFub/imc/TuzcfTiza4oYGozKmiGrBTmJ90W/eWAatdRYuELA"
    "e482kwlWJMTJ/ICYtlZXXhFQMTNLlBPjtWhfLzk5UlkTKBjmiyGh2i9JbnQNQ9DN2hAd2h"
    "/tYAOq7fwHXURrJvpj7TPNDlbt05wUYgvvU4nxBFFxdtDC3b7EyJNQL6dGevQiqVc0o5Sm"
    "nL/vN6Y7sRhvRGuf35tUBOyjQS58MPlYA+/LAEaXkx54YifnGx+MmDXR4Um5YyMbE/EBO7"
    "WwS1LqrYOYba5PV7EWpWuXOFTbiKorOyxj9WZ03Pzfoaa5SkjPHeNDtOZvtDL7A3sv2hPv"
    "o1YPoxbme3xoiqmCbHRp1Y+a5tI8ZGMqa1VcDOJy+3l7H0UFVMBMdWoeujE4A8EEoDJa3Y"
    "87AiOw6P6cKcgeGvXUmJS+b6Hk2L3AZ/uLk6J34Zttuw3bpMmxthu9XHU9uJLy3VuG69fg"
    "c+ZtMpqkVOLSQMMWWIKWPHLrdj0bcpFs2toOa0pGErdNay4aVeiqYNZ2I4Ex3t+yc5k+cx"
    "70/VadetAss+utJeZtRHZ2VXM+eHdCLMZoFleJyAK5oVqlaOazN1vkDoeUZnhLXFY0qPNH"
    "E1PGRBuazRQFa6g1N55ILDxupEAiWKU83lTf/t3vpJRzl1g5yrXC3C4ATflaYhKxzKCpKP"
    "Rd1UX9MqTD32r07n4OB95+3Buw9Hh+/fH314O89Blr+0LBnZSf+jzEeWGufiBGVLeIRQW7"
    "U0sJBp0mEHW1FEIhRdvG3xNP50hrhYVuf5vMUC2wWQgWFvOOwPLi0x315+1CU5nBjl6pAO"
    "UXXDOLwYxsHEahoDxRgo+oO94wZKuO1bYJ/M94PLzRO1p1rROpHaDWNeVJCMDJ9hx+C/FJ"
    "M4YAYSoA6MhlIEyHz3eUNj5Vae3lo0+4kveT9RI6g3spu4+CZqnz9RINo857L1byxmYLNu"
    "qecUhS1VBj7Rwlrw16jLrx/9CSXc9R5Dfxjra0A5rEcxlDTQoJTzW6Ybdsv60sUQ3j3zyw"
    "QiNFXNORPwGS2WCxVR3yqzW6LLT1svVhSaX82I6ap9jFcMTD1oI4BJHPxf5A25rGrhFkbS"
    "RTXl5mgcIHU0WMyE1tiR7tkDcXRTqInE2UmIl5C22w4b0Q3u9cWNZPuxocJ3lAofCh31C6"
    "NwoitLl5NM1LFw1dibAUFASryRC0OZXcpFwHYFZjLVto9uxQTmhvEzLPSpEaByTAKkkm6/"
    "hnFsDZxg7/Gn/PJzze3LlFeXNCqUia646NLOz2JNm2pLXoLgonsK6APy1U19OhOLYOyopx"
    "BL4LBHCxTagNG4RhgWxOCj5Pax7arkXZh9IXbgy/T6e2C88AZWCbrU+4QX048gboaI0xYC"
    "xAlrq+Tk6j1eMRNmpOM0tWyVvegwebhLybu0UJN8hNZ2TqRP+YrWS1rSWC9aWy8ahV8YNW"
    "9QzeFkV1vHCzHj1KSzfn30IBY3K43WKUkTW6Ozlm0Pq7OkCuzy8pVlSqh5G/OHRxVWmIdH"
    "5ekVjwq5JmEB1ktjmZZqHs4HlbxODpZ4nRzkvU4MRf4ixi3D3hqXW8MzVuYZFeoFLGOsjX"
    "KOUb5QzeQ+r5jMxkMDSaKNJBOmnMhA+CUy4Ip/w0C7ScA4uEEgVLIqQ5LEk8l6bMgKnHHX"
    "fwtJM47DoEdLNTiOogXZPHO+uFkUFXkM5PGCMujwJuAgEmN7PrKp74zBzMdcsZnG/1ebEa"
    "29hOiTyq3rA5yUaeA0clRlSXZUviI7yi3IYsBW8EYtEG1cL9+vhPj+Esj385ijCcS1Uo3P"
    "BRrYpTtHVVx9Ra3yLONHOWdfBdgKXTor17j+vBGjbgoZm4kpdoUDRjOCDezfGwneINi+rx"
    "0ek5BpHlux/pkRPoiFiV/3VIi0VPNw3tixEAKnWt15LtBEjCshvATfLLo+9UrAfTqzQyyr"
    "89jc+jTsXQPqg+7ZRf8ya5c+jwejgJMHBSkdqqG+kNYa9+7pqP+5J5E/6w+7J+e6JNOIXs"
    "CKEhDXGVgKRJs3xGxkVWLI/VL0G0Xum4Cul6BmlYXTo3eYrJrCMyls/Ax01nWSYc+rellU"
    "dFZye66Vb7N6ffsDk+PWAqA1CZn8jHx8i23lEXsqczgU7D7l6rSX7UQ9JGqr7ASVt6UY/v"
    "bGwXeYq+QsbSDJIOQkTlmGQI0kkcP4NPBF9y/cffqBlqq4gIfjWYIdDOXlz8QCxjiIP/O+"
    "UVZNVQHPqVdjw0sr+nfxGaxi6SbEdUa8dd372B+OetdtcNUdDn8fXJ9Z1z1RWRq/vYtu/z"
    "xKJ6mHAazyw9Tl41NCOitjxe6/gZw+nKPJlBfQPKUrpqSICUQxeWHqQN0km2O3AlFMnMKK"
    "lqV4tWCy2tecFjUMgm561sSW7QrL03ZbBRZsdKW99JjERZ2nbNVyxa7ZmfClHDTwg0uGch"
    "PwAfmsMEC4fO2bEGngyrdzVCVqRtRa4mWVi5uRH1UNhKPqDUR3M7tplPDCkKTyMwESIuZc"
    "gJrnAjzrZPb9/y2oPqU="
)
