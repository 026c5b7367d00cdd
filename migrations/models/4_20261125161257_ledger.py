"""The ledger: calls that have ended, calls under way, what they add up to, and quotas of users."""

from tortoise import BaseDBAsyncClient

UPGRADE = {
    "sqlite": """
CREATE TABLE IF NOT EXISTS "calls" (
    "id" VARCHAR(32) NOT NULL PRIMARY KEY,
    "purpose" VARCHAR(32) NOT NULL /* REPLY, TITLE or TEST */,
    "model" VARCHAR(200) NOT NULL,
    "endpoint" VARCHAR(2048) NOT NULL,
    "is_server_key" INT NOT NULL,
    "status" VARCHAR(32) CHECK ("status" IN ('SUCCESS', 'ERROR')) NOT NULL /* SUCCESS or ERROR */,
    "status_code" INT,
    "error_code" VARCHAR(32),
    "error_message" TEXT,
    "keeps_contents" INT NOT NULL,
    "request_messages" TEXT NOT NULL,
    "request_parameters" TEXT NOT NULL,
    "response_text" TEXT,
    "prompt_tokens" INT,
    "completion_tokens" INT,
    "usage_source" VARCHAR(32) /* PROVIDER or ESTIMATED */,
    "duration_ms" INT NOT NULL,
    "first_token_ms" INT,
    "client_ip" VARCHAR(45),
    "user_agent" VARCHAR(300),
    "request_id" VARCHAR(128),
    "created_at" TIMESTAMP NOT NULL,
    "group_id" VARCHAR(32) REFERENCES "groups" ("id") ON DELETE SET NULL,
    "key_id" VARCHAR(32) REFERENCES "keys" ("id") ON DELETE SET NULL,
    "message_id" VARCHAR(32) REFERENCES "messages" ("id") ON DELETE SET NULL,
    "session_id" VARCHAR(32) REFERENCES "sessions" ("id") ON DELETE SET NULL,
    "user_id" VARCHAR(32) NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE
) /* A call to a model, written once, when it has ended; it outlives the session, message, key and group. */;
CREATE INDEX IF NOT EXISTS "idx_calls_user_id_7a754b" ON "calls" ("user_id", "created_at", "id");
CREATE INDEX IF NOT EXISTS "idx_calls_user_id_a7b53e" ON "calls" ("user_id", "model", "created_at", "id");
CREATE INDEX IF NOT EXISTS "idx_calls_session_bfaf28" ON "calls" ("session_id", "created_at", "id");
CREATE INDEX IF NOT EXISTS "idx_calls_message_067ff1" ON "calls" ("message_id");
CREATE INDEX IF NOT EXISTS "idx_calls_key_id_7c3ca3" ON "calls" ("key_id", "created_at", "id");
CREATE INDEX IF NOT EXISTS "idx_calls_group_i_e32d56" ON "calls" ("group_id", "created_at", "id");
CREATE INDEX IF NOT EXISTS "idx_calls_status_0cf4a8" ON "calls" ("status", "created_at", "id");
CREATE INDEX IF NOT EXISTS "idx_calls_created_697e6c" ON "calls" ("created_at", "id");
CREATE INDEX IF NOT EXISTS "idx_calls_keeps_c_5ccaee" ON "calls" ("keeps_contents", "created_at");
CREATE TABLE IF NOT EXISTS "group_months" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "month" TIMESTAMP NOT NULL,
    "tokens" BIGINT NOT NULL,
    "group_id" VARCHAR(32) NOT NULL REFERENCES "groups" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_group_month_group_i_96a029" UNIQUE ("group_id", "month")
) /* The tokens of a group's calls that began in one month, in UTC; `month` is its first moment. */;
CREATE TABLE IF NOT EXISTS "open_calls" (
    "id" VARCHAR(32) NOT NULL PRIMARY KEY,
    "session_id" VARCHAR(32),
    "message_id" VARCHAR(32),
    "key_id" VARCHAR(32),
    "group_id" VARCHAR(32),
    "purpose" VARCHAR(32) NOT NULL /* REPLY, TITLE or TEST */,
    "model" VARCHAR(200) NOT NULL,
    "endpoint" VARCHAR(2048) NOT NULL,
    "is_server_key" INT NOT NULL,
    "keeps_contents" INT NOT NULL,
    "request_messages" TEXT NOT NULL,
    "request_parameters" TEXT NOT NULL,
    "client_ip" VARCHAR(45),
    "user_agent" VARCHAR(300),
    "request_id" VARCHAR(128),
    "prompt_tokens" INT NOT NULL,
    "reserved_tokens" BIGINT NOT NULL,
    "text_before" INT NOT NULL,
    "reasoning_before" INT NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "dead_after" TIMESTAMP NOT NULL,
    "user_id" VARCHAR(32) NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE
) /* A call under way, or one whose worker has died: all that its row in the ledger will need, and what it reserves. */;
CREATE INDEX IF NOT EXISTS "idx_open_calls_dead_af_0ec9cc" ON "open_calls" ("dead_after");
CREATE INDEX IF NOT EXISTS "idx_open_calls_user_id_754947" ON "open_calls" ("user_id");
CREATE INDEX IF NOT EXISTS "idx_open_calls_group_i_12d271" ON "open_calls" ("group_id");
CREATE INDEX IF NOT EXISTS "idx_open_calls_message_f6e9cf" ON "open_calls" ("message_id");
CREATE TABLE IF NOT EXISTS "usage_quarters" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "quarter_at" TIMESTAMP NOT NULL,
    "key_id" VARCHAR(32) NOT NULL,
    "model" VARCHAR(200) NOT NULL,
    "calls" BIGINT NOT NULL,
    "errors" BIGINT NOT NULL,
    "prompt_tokens" BIGINT NOT NULL,
    "completion_tokens" BIGINT NOT NULL,
    "duration_ms" BIGINT NOT NULL,
    "user_id" VARCHAR(32) NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_usage_quart_user_id_ea76f9" UNIQUE ("user_id", "quarter_at", "key_id", "model")
) /* What a user's calls with one key and model add up to that began in one quarter of an hour. */;
CREATE INDEX IF NOT EXISTS "idx_usage_quart_quarter_0aa400" ON "usage_quarters" ("quarter_at");
ALTER TABLE "users" ADD "monthly_token_quota" BIGINT;
""",
    "postgres": """
CREATE TABLE IF NOT EXISTS "calls" (
    "id" VARCHAR(32) NOT NULL PRIMARY KEY,
    "purpose" VARCHAR(32) NOT NULL,
    "model" VARCHAR(200) NOT NULL,
    "endpoint" VARCHAR(2048) NOT NULL,
    "is_server_key" BOOL NOT NULL,
    "status" VARCHAR(32) CHECK ("status" IN ('SUCCESS', 'ERROR')) NOT NULL,
    "status_code" INT,
    "error_code" VARCHAR(32),
    "error_message" TEXT,
    "keeps_contents" BOOL NOT NULL,
    "request_messages" TEXT NOT NULL,
    "request_parameters" TEXT NOT NULL,
    "response_text" TEXT,
    "prompt_tokens" INT,
    "completion_tokens" INT,
    "usage_source" VARCHAR(32),
    "duration_ms" INT NOT NULL,
    "first_token_ms" INT,
    "client_ip" VARCHAR(45),
    "user_agent" VARCHAR(300),
    "request_id" VARCHAR(128),
    "created_at" TIMESTAMPTZ NOT NULL,
    "group_id" VARCHAR(32) REFERENCES "groups" ("id") ON DELETE SET NULL,
    "key_id" VARCHAR(32) REFERENCES "keys" ("id") ON DELETE SET NULL,
    "message_id" VARCHAR(32) REFERENCES "messages" ("id") ON DELETE SET NULL,
    "session_id" VARCHAR(32) REFERENCES "sessions" ("id") ON DELETE SET NULL,
    "user_id" VARCHAR(32) NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS "idx_calls_user_id_7a754b" ON "calls" ("user_id", "created_at", "id");
CREATE INDEX IF NOT EXISTS "idx_calls_user_id_a7b53e" ON "calls" ("user_id", "model", "created_at", "id");
CREATE INDEX IF NOT EXISTS "idx_calls_session_bfaf28" ON "calls" ("session_id", "created_at", "id");
CREATE INDEX IF NOT EXISTS "idx_calls_message_067ff1" ON "calls" ("message_id");
CREATE INDEX IF NOT EXISTS "idx_calls_key_id_7c3ca3" ON "calls" ("key_id", "created_at", "id");
CREATE INDEX IF NOT EXISTS "idx_calls_group_i_e32d56" ON "calls" ("group_id", "created_at", "id");
CREATE INDEX IF NOT EXISTS "idx_calls_status_0cf4a8" ON "calls" ("status", "created_at", "id");
CREATE INDEX IF NOT EXISTS "idx_calls_created_697e6c" ON "calls" ("created_at", "id");
CREATE INDEX IF NOT EXISTS "idx_calls_keeps_c_5ccaee" ON "calls" ("keeps_contents", "created_at");
COMMENT ON COLUMN "calls"."purpose" IS 'REPLY, TITLE or TEST';
COMMENT ON COLUMN "calls"."status" IS 'SUCCESS or ERROR';
COMMENT ON COLUMN "calls"."usage_source" IS 'PROVIDER or ESTIMATED';
COMMENT ON TABLE "calls" IS 'A call to a model, written once, when it has ended; it outlives the session, message, key and group.';
CREATE TABLE IF NOT EXISTS "group_months" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "month" TIMESTAMPTZ NOT NULL,
    "tokens" BIGINT NOT NULL,
    "group_id" VARCHAR(32) NOT NULL REFERENCES "groups" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_group_month_group_i_96a029" UNIQUE ("group_id", "month")
);
COMMENT ON TABLE "group_months" IS 'The tokens of a group''s calls that began in one month, in UTC; `month` is its first moment.';
CREATE TABLE IF NOT EXISTS "open_calls" (
    "id" VARCHAR(32) NOT NULL PRIMARY KEY,
    "session_id" VARCHAR(32),
    "message_id" VARCHAR(32),
    "key_id" VARCHAR(32),
    "group_id" VARCHAR(32),
    "purpose" VARCHAR(32) NOT NULL,
    "model" VARCHAR(200) NOT NULL,
    "endpoint" VARCHAR(2048) NOT NULL,
    "is_server_key" BOOL NOT NULL,
    "keeps_contents" BOOL NOT NULL,
    "request_messages" TEXT NOT NULL,
    "request_parameters" TEXT NOT NULL,
    "client_ip" VARCHAR(45),
    "user_agent" VARCHAR(300),
    "request_id" VARCHAR(128),
    "prompt_tokens" INT NOT NULL,
    "reserved_tokens" BIGINT NOT NULL,
    "text_before" INT NOT NULL,
    "reasoning_before" INT NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "dead_after" TIMESTAMPTZ NOT NULL,
    "user_id" VARCHAR(32) NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS "idx_open_calls_dead_af_0ec9cc" ON "open_calls" ("dead_after");
CREATE INDEX IF NOT EXISTS "idx_open_calls_user_id_754947" ON "open_calls" ("user_id");
CREATE INDEX IF NOT EXISTS "idx_open_calls_group_i_12d271" ON "open_calls" ("group_id");
CREATE INDEX IF NOT EXISTS "idx_open_calls_message_f6e9cf" ON "open_calls" ("message_id");
COMMENT ON COLUMN "open_calls"."purpose" IS 'REPLY, TITLE or TEST';
COMMENT ON TABLE "open_calls" IS 'A call under way, or one whose worker has died: all that its row in the ledger will need, and what it reserves.';
CREATE TABLE IF NOT EXISTS "usage_quarters" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "quarter_at" TIMESTAMPTZ NOT NULL,
    "key_id" VARCHAR(32) NOT NULL,
    "model" VARCHAR(200) NOT NULL,
    "calls" BIGINT NOT NULL,
    "errors" BIGINT NOT NULL,
    "prompt_tokens" BIGINT NOT NULL,
    "completion_tokens" BIGINT NOT NULL,
    "duration_ms" BIGINT NOT NULL,
    "user_id" VARCHAR(32) NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_usage_quart_user_id_ea76f9" UNIQUE ("user_id", "quarter_at", "key_id", "model")
);
CREATE INDEX IF NOT EXISTS "idx_usage_quart_quarter_0aa400" ON "usage_quarters" ("quarter_at");
COMMENT ON TABLE "usage_quarters" IS 'What a user''s calls with one key and model add up to that began in one quarter of an hour.';
ALTER TABLE "users" ADD "monthly_token_quota" BIGINT;
""",
}


async def upgrade(db: BaseDBAsyncClient) -> str:
    return UPGRADE[db.capabilities.dialect]


async def downgrade(db: BaseDBAsyncClient) -> str:
    return ""  # aerich asks for it; the way back is a backup


MODELS_STATE = (
    "eJztXVt32za2/itYekm6luIVO7aTUz8ptprqjC85ltJOp+miIBKyOKYIlQCtqDP972cDIC"
    "XeTSq6UDSeLIPYIPltENjY1/+0ptQiDju6nGDeJ4zZ1G39iP7TcvGUwI+sy23UwrPZ6qJo"
    "4HjkyP5MdZKNeMS4h00O7WPsMAJNFmGmZ8+4uk2rg0zqPhGPYdFyhIYTgi3DtobIZohPCH"
    "Iw42gKY+IHguhYtjHiEJMTC4087JqTC2RzZE6w+0AYoq6zQL5rEQ9h5FDzMSTy6PxIPJNF"
    "TXgo233Yz+191/7TJwanDwSaPXiI3/+AZhtIvhEm/v295TPiwUNIBE1uPxEDc/EPNEHf31"
    "uPZCEu/yEIZ4/G2CaOFeOZopXtBl/MZBsw0PtJ9hQgjAyTOv7UXfWeLfiEusvugJFofSAu"
    "8TC8bISFru84AbfDJvVW0MA9nyxfx1o1WGSMfUdMBEGtnmDV1jKM27uB0e8ODKOVmiQhRY"
    "RxQRMwT0ww2+VMvv8UfzMc4j7wCfz77uRvdZ8VDqqXuOEvnfvLnzv3r9+d/CBuSGGWqul7"
    "G1w5kZf+lkNgjtUgkj8rmLnNgagC0kuCzYAdNqzQXn1lO4f75O3bEnhDr1zA5TWB+ArhGX"
    "ya1MVVMI6QrIVyMGHrCfJxKZCPC0A+ToMsF/EqEC8JmgfwVmYx45j7LBvhrutPJco9eCrY"
    "TkgK7RV1nVeNVudy0Puli6iHurdX3avkVrvLFTuyftiuSzI2w4+UOgS7OSvIkigB+Aio6o"
    "N46RleAOrHu7trMfKUsT8d2dAbJND9cvOxC0uKBB062Vw2924HCagDyanKOhIhad5KsvnJ"
    "HIihAKDv8jTOPZfnLNdJugTYtmo9sFkNzwt/3pwcn74//fDu/PQDdJEPumx5X8CA9PwVkr"
    "4RQoUz8L0CbLg9JdkgZ5AnYLYC+qPwx+HN8AJAB72bbn/QufkcW06uOoOuuHIiWxeJ1tfn"
    "idm/HAT92hv8jMS/6F93t12JJmX8wZN3XPUb/Kslngn7nBounRvYimISNodNMX7HTlZVOB"
    "0j3ACP6/ZhNYnJpkcE8GtwOU6p2VxrNvsza002xyk1m2vN5kDvVUHCXFFoAfN5ATOidywL"
    "cISkzqfTvUIs1LTjx0wNooAvDfdP1CP2g/sPskhpBhIgB8r5L8EwBwb23+FsCltXn5yH50"
    "u9dnSSwbvDGxN1CL3s9C87V91WcpHYAKL/UKMc1vpQFs/VqhiDE26Pbr9cX7fkjB1h83GO"
    "PcuITV1xhZ7QRMuyb/rS9GSabMEunJGs4C3EMweY36jTUyvD+hReahdZnoLTV2nLkwtDCP"
    "MMRoHN6hUDuIhsC8fKMhmVovvqfnWH1LOIt7QlWWTGJ2js0Sk6vkBDmxmhJWmIpth7VL2o"
    "S9AMQ0c+wTywN8m7IDahc3aEfp3YDoGbe2TmLMTY/cF9t3PTu/2EbM6+unPP5sQTF4Zz6j"
    "3KT2fYRvOJbU7Q1GccKF0yR0OHYEYM3+W2M0TYtRDjdCZMWCZBQ/Hb8AjMa6bkI/kajHB4"
    "ck6+cUkBrwhiMqMuYDMUz+oi7JGV4Yy5eAZPzY/QEHOOzcmUwFQdogmF+SC7zbDHmXpVQe"
    "lSeGUYvbSpLMAmmM4RSNWSDPArkxncB25tJC1o4vdKvxoBRBvX9m1cU8xLIZ2r5Vr219qt"
    "DO1W4suooA1PUGqVeHmVuEfzzMPPW31C2jpL1a0v/e59G3X6/R4c7W4HwvjT/60/6N7Uw/"
    "ojdpI0/gNozTHPB/3rjPlGDv7dfw5iUzwE8fVN558/xM7913e3n8LuEdAvr+8+JsCObPBp"
    "zP+3f3ebo02NkyU1MLbJ0X+RY7NDXMQLWCAAKWZBEu12XJ8iBkiyYCmLVZn0MaImaEl2Pf"
    "FfhHV/ecZoo8u7m8/X3UH3qg0nj7vPn8WPnzq96+6VWP9hF+ze33/5PKiLC8DYdm02MdQ0"
    "X5dLqUFq/KG05pOFPFvJIzIiMLhVD1YQz6MeoGpVcpqLU9UY+NrocRVi05XOpOxekCJsAt"
    "q73g+0O922nUI9Op1xg9NH4mbsu7kaghTdWpqCuuG9YUWBCRg5RDxFdYAzaTXIaZA55dip"
    "jm+STEObhtaXDliM+p65tu4lOUaN1+XW5/u7X3pX3XvpeNsf9G46tZG8l9aHKpthjKjGwK"
    "+5IZ6flkD5/DQXZXEp4bcYMVqkcH7GZzFOqv0V6+z8kjLIVeV25gCa53XmuXZffBFsVtql"
    "tficINWfc535rP0XtxzttXTyqABxjEij/DzKcZebsjDHqeps66irryhbZV/4TufGRC6HA4"
    "O9rJdjfMY97ziqFoINwBtxVjyslaMssrElU3vkNtcjt09c69LB9rSV4ZO7utguzgfjWoYp"
    "+pV1zHWRbZHpjHLimgsE0ITOtq71I5pPqPB8hdMNE3lXHghXjqRj22McYZfNiddGc5tP4B"
    "8q/EbRDC8cii0YAvgwdmyTZ3j17uimGT6tsXwvkYcwxHfzR3ZymDDQNPRhlb7AOidMDdxW"
    "kwyshHmKtIFy0nZMguprMyaYTaoJ/3G6BuK9eY3zYWmldrnYNElZsdxSKnxOUZoGfko64v"
    "JQIY7IS1WhjpNqyHWQaw2CXKMzc6cai4NGN/4pP4+y3M40vCXgjW782bjuR4FxRemUWHej"
    "fxOpcUjpMGLX20VqDEv2NKjsWl6TofqrAFeXiiywyCXEYgi7CzSFiXSBPDKlT8RSgcEy3p"
    "dDOwKCoUu+cYN7CxF+25YhuvgBuICky4YalPmmKQbMVGns7u4i3LkHNwF4mbiV+N4kCfwO"
    "FLHLEGS8QCOCHkSg80h6qrslw30r6TY+2g+5jnSZe3mG+1ww1eur3FDOc/9zcvLu3fuTt+"
    "/OP5ydvn9/9uHt0osufanIne5j75PwqItt9KGLXUGkrpxlVbUdcarGaZq2oubAnJPpLCvA"
    "LneqR0l0ZHSGw2hklauqzkiQan1G3fQZqUPJfqSQn2z5uinpQ7YXSh1j6FE6n4noHMtLco"
    "R6nMEey2FPDvNyBCLBcLX8DhHs6cudvy1+ekRlAbG5SPpx3+1c/ZaVCGW7N5QZVJj9FzHk"
    "gDL/yFwIHXMsBBiX+kBhCaHCCQk/d2+vZIyikDxkulOGOBUMVPYaIZW8YuhPn3K8lHhATH"
    "Iv4B1UDONXV8glEyylmODZI6MJ6w68/xEakm8zG6ZnmBlFDE+gn4QjeA6Ry+UoSJeSkH4c"
    "6j60BZ1Dxhzu6XNBKV/viXgjaBfGo5EvhDfKSCBtAS2j6+ZGCUxFkXNmEHuqbUZ7thnJvx"
    "WADvs3UBl1cnZWRmw6O8sXm8S1RDzkN07cbN+ZgrDTKFEDkT4+LwH0cXLHjhQSOE/np7Zs"
    "rDCqgHOcqolAnxQJpEukT97nQy2uJZzwlvtitZNvnK5JB4KdHIIjDJjgk7PzKhN9RdE8L9"
    "PNG5lfRFaNpbwqJV4RwqeE0KSsvR/L2Rjbju9VSiAQIWnCJN916oD6aNJqtbpsRZdmM2Pm"
    "URPOSOukxIuR6px45XPiHZbzUF0YcBDatviRK9SOVGVznHInAW1apboek3eaX/GFiwY66k"
    "q75B0yxNo/bJf+YTpWcPOxgvuxHYqwtwzTYRANl285hNNg+RLcHrGIy23soDH1ZAWCuxlx"
    "O703IqMX5jaMKYxbMwoISmuYvOEFGjICtNxgBDtEFc3udPtvTs7O33y6vGmjEfWhM6fSOm"
    "ZbmfW3d3VvYU7syMAuFaeFHjzqz2RRA1jYhSHRlkUXiLrwiqEpmY6Ixy6WpkNlgaRoii1h"
    "cSwV0CX5lo7ikvfQAVva+FannX4r1aVjn2mV00KKsBGI7/7cIFGc2Fmh7UUHhxhZI6CPT/"
    "YyFot8g0XKXrHjrK/1xnYrCtuRTFbnVQI5StNInE8/lAL69EMB0uJiKpEO/OIg/KTBzi/l"
    "EKfSlRy+o5KD1pKvtYEemgJV1619EWyWteHhTLgOo5O0OsNfnTm9PNZXkFGiNE2wjGgF/U"
    "FCrBX0u1TQy49+A5h+Csc5rDWiLKbRtbFOWvlL7DitDLW8bG8X6eVN6FFeMQ+dhQobK6V3"
    "G4navlxGrJhERJTAT5vLaBVZ5ulC/Ed97thPhEVrB7fDwsRtqQEXanQJbaZGfus3lZE9QS"
    "byMCifqRLEy+bVYXIoQ4nEKelC1gZWoUUiqHGBfNcBcjR8JGTGxHTissCwCM8JTAbSMICR"
    "UAR8db/cX7eDJ/SeZCgQncPLjINizKJNBigdoYEoshEG/cjKxL5ERWn5BQiqWrEIBhJ3eA"
    "SJwIVpQp5E3DP6i3hUxux8dV06otZCDUWs0sE7kdUkfqTLiONZqpKye8aNW9l9kgnlVgkJ"
    "s/tHP8ycuy5dcLOvZ7fGGZmg1raSPdtKZr4HEvPadVUi5HUWw1r33c/Xv7XhpDC47gqn7A"
    "GcC5IL5X5kX61l3raWOdw3qoAcpWkkztvRMsf23DTez1clj9JqH+zyPth5sTXG5YSYj8QS"
    "K3naIngYITX9L5eX3X5flsO6v7+73+a6jS5/7l7+A73+GoDztYV6t+j1q+AZXrXRK/kMr3"
    "6okl5fDpVTJTU/ri9OpSvDpWe9rj6rq8/WakXfir9H+gBVYVdNE+tttfy2mtRoVJn7WbR1"
    "3mdrO//T+qN12FDoyqAZUY4RbAZPQIyqUUIpQr0NVEdf18jWNbIPG2RdyLk2hZwtH+ARM3"
    "ZaZaYnqJqUa2Zjk1wWEFILQTVw04R6DclYqB1bFirLsLTnn/hjRDVeMdb1ey+TYO00P7/a"
    "aSq9mrREwkJbTWkep2oezu9KWSfeFVgn3qWtE+H5pGpZlihV86A+Piljn4BeBRnWUtYJ7Y"
    "Kdi7722NQem1XkR133esteAWtVN9pAYaMXhvPecrC8MJy1h7f28K6jN/JBpGCp2VqxgQws"
    "qyrYGZveBvBtfL32grpn2djqiu3fX7FdR3tsLtpjhep+wj0k7jfUlZtxKugjcrVdFPqhXm"
    "8qOpaMABlMCFJWIlVXJMxMJINIVE2QEXnAriioIjInybHb4r8vg8sLNJT/ywgIm7OgWv2U"
    "TonL04EfW75XZp6kKMMlfSpTUiWPf13yTVzbRcm3aTjbq+jFlkRaJVZrlVieTbvo8/pOW3"
    "bd2LmfmhJ70UXWDvrdnnx3LZrVDe5Dj8QVySLzonGX1wrFMgq9jOphuT7wy0NzvGijIG/l"
    "XFZqm1PvES6I8FjLJtaPSIbTCvFJyEWiBG9Q/c4h1oMYwYbroiqvqlo3Vz0RrOciviWrru"
    "9u7x+r7AvkgSwYreIbhgQT12JBvTtjRMbwCS2DejGjLjz/qjmoDmjCwgZoEy8YFtq+usF5"
    "Fd7BWo4tZc82GsYc1MTwiDCQGeCDO0KdMQyEhhbBloHF7yEKo2+h30hWNbb5svhx5VjceO"
    "RrKm5WR6fuNzpVq+e1ualJOGuz6Xbx1ab/7WOsMwbse7HWGQN0xgCdMUBnDPjxe0IbdVSp"
    "jio9EOh1VGmTGaEjOtK7rY7o0BEdDYN6KxEd+42JrtvKvelYu8BgYOXiW2Q+ziBuEsg7ti"
    "NHDDAVpnmCqkn4b3CSxw1ZFeDNItUY6wrhVaBukpfRykpblc1xyt2wWZcIX7PCjQ7l0aE8"
    "NXRnejaUZz/eTF+Emu7/fOxx6YqS8miKXW8XeTWp1Dd/qq4lPZt+FR44WJa6XTp+y6q4ws"
    "knTOEv74VgCUD+TJXXTXqGBzeVbuQumlDfSzsxbe9Wwl+p+0S8BRKrP/oLusEdLLxgghTo"
    "YAzmm6ICcEB9JOoHCMO59F5XhQXEs1Cfi5sovyj4XhZMeSMJvyXxiNBZTZzcrP6xLP3B3Q"
    "LpZGWqVwa3dIngSP9qrkXaDX6zB6t8j6M4S6vIMHFKLarWWojZuSNO3ZipnRQO3Ulh6d9c"
    "fqtYkjRJS7FjTZxMaV0R9xWNBn5t4J/R9Rfh32h1/47ZUCJTauEStLFkqZodUrAsSuRZxI"
    "gG5/LcMQu0QkwrxLRCrLRCrGOahDFZjbGVoQ+LXm4XqcOw7BjZRcrE+c2Ix6iLHaSoVXoE"
    "NKYeUh3ZBaKus5CBdf2fO29Ozs5lLUgyy8iv8P3DVQpV08Fo+w1Gk38rAB32b+AKf1zqQH"
    "tccKA9Th9oVerrCWYZaSjyUY5TNW5an5+WAPr8NBdncSmR8tCksyyfY1GONyeeckmR1Gra"
    "Jkf/RY7NDlFaLABWYBFTZaYcXZM+re24jlIMkHJ01V4QL0G1TL7NbBhuDTbHKTfA5po5hD"
    "aJyw5m3ADRbJ3POUmrOV1nTuvjvT7e6+N96eM9fBWuVMOlTvbBlXbRod6UfUoe5/t0Csdm"
    "wFK5kUxgWGC1JfxK5itnFETnLmvDY05HxIOrY49O0fHSHQSjBzy7QEPbYiqHTZguJzJc+u"
    "i/21s/54eibqAzLdZJP1ygR1DcqsSBFY1W1K+tqH+Et83exp9PWxHS1nk/byknOIb63X6/"
    "d3drwH57+6kuJedglauidAi6a43Di9E4aId8fUDRB5T6g33gBxSV1jUv6Xvx8UTmCit5Oh"
    "HcFe7lFLGJEO4fyYJdoH9TWwj20jEeuwhGsJ+kHwYy4Xbpg8baozxvWtT2xJdsT6wR1Fux"
    "Jq6+CUN8E1WAziBtXj6GzRsWE7AZY+pYpNJSkj/CRvCv0ZTfPPqyFIOzCApI/+lTjqupGH"
    "IGaFAR6l17yh7U6asuB+HDO37NrDXZHKfUbK4dm1NHwD2eWG6I1ADnnVuCy8+fXoyp7Fna"
    "YzKI55052CQiRjcoI5XlDVnU9dliUTE3R+0AWccDi97QGrvS7T2Jet0YqgsiHyTEBUpbXR"
    "aqnNr2+bJQyXmsVeEHqgrvA496mVE4wZVCcZJBH8MuG3tz5xIkKN4IwdC1wlJRIuvLGHlk"
    "DBvYJKxWKn1qRHZx2/WJqD6KXuMwtgZPbWfxQ1r83PD4IufMLQ0abYYYhyktSm/FxxKXML"
    "rpXCL6RDx5U4/OQQi2LfkUIAKrGQ0otBGjYQ8VFsRUAhrbVElybPbVNX3PEwVW0XDlDSyT"
    "2Mj3URfjjwA3I67VBgLXUr1FV/Uer5gOM6rjNlUkZa8mTBruXOVdnKhJPkKbS/RJ+Zqnlz"
    "ilPr3U+vRSo/ALzeYtslltdpV5vCLTTk115q9HnkC4WWu1jlHq2Jo6c1nX/khLmLr2x44k"
    "+W3U/tAq8hexbmntrXa51XrGCjmw83JfP5/zuoKpWmXjecVENh7qCyXaQGjCpBMZUl8iQx"
    "P4VwXaTX0mck8jxWTZRoQSTyTrMTHLcMbd/C2EmnGogh4NOeAwiBZUCr8wmbaKirxALlVB"
    "hyOfo4CMHXnEpJ41RHPP5lKbqf1/a7OitQsUfYK5VX2AozQN3EbOyohkZ/kS2VlKIAsBW8"
    "MbNYO0cbP8uBTixwWQH6cxJ1NsV8r9vCRo4JQ+OSvj6gu98nM/n6WcfSVga0zpJF3j5vNW"
    "DnUzzNgcttjKuclShA2c31sJ3nBt87FyeEyEpnnais3vjPgJBBPP8L1KS3Wcqnk4b6vO/Q"
    "xwqjSdlwRNxLgUwgX4pkruUicH3OczO4S0dV6bW1/63XtEPdS5uundJs+l+/FgBDi5n5HS"
    "oRzqK+pa4965HPR+6Qrkr3r9zsfruiTTCF7ACBIQV1lYMkibt8RsRSrRyv1c9Bul3NcBXS"
    "+BzTILp0MfbHfdFJ5RYu1nUGde6+Do2gVHR2we1ViRpNyds+vbJAfeHgLqNQli/YV49tg2"
    "pY/ypciqkWEPTPVpF9kGnyK9Zb6I0oZCZn97Y9kPNpfpctpIqOeI1UYjmFMyhydGcm0PXP"
    "hnvgcLUqY98DtGKuOUr3aYiL5W0YufEZFSu+zv2ZKXZFNZwFPsrfFRuFYK+dVnsI7uIUJe"
    "Z8Rb991Pvf6ge99Gnzv9/q9391fGfRc6C3VE96bTuw4SfNZDJSEz9lS1kMSI6syMNaf/Fr"
    "IscS7qmWco3nIlpiiJDg3SmXqqQN2kU+BhhQbpyJE1Ywrg1fzpel9znFTrdOrG55qcZTtw"
    "8jQnrYwTbHClXVi4ctXnubNqPmM37N75Uko/fKfIkH8EfCIeywzZzpd9IyQNlHxPzsrEMU"
    "GvAr+3VCST+KgqIBx0byC627FvUpdnBonlV2mIkOhKDRUrNex1M/v7/wF4Kjhf"
)
