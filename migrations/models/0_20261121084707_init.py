"""The first tables: accounts, groups, keys, sessions and messages."""

from tortoise import BaseDBAsyncClient

UPGRADE = {
    "sqlite": """
CREATE TABLE "groups" (
    "id" VARCHAR(32) NOT NULL PRIMARY KEY,
    "name" VARCHAR(100) NOT NULL UNIQUE,
    "activation_code" VARCHAR(64),
    "activation_code_folded" VARCHAR(64) UNIQUE,
    "monthly_token_quota" BIGINT,
    "created_at" TIMESTAMP NOT NULL,
    "updated_at" TIMESTAMP NOT NULL
) /* Users who share keys; joined with an activation code. */;
CREATE TABLE "users" (
    "id" VARCHAR(32) NOT NULL PRIMARY KEY,
    "username" VARCHAR(50) NOT NULL,
    "username_folded" VARCHAR(150) NOT NULL UNIQUE,
    "email" VARCHAR(254) NOT NULL,
    "email_folded" VARCHAR(300) NOT NULL UNIQUE,
    "password_hash" VARCHAR(100) NOT NULL,
    "nickname" VARCHAR(50),
    "avatar_url" VARCHAR(2048),
    "phone" VARCHAR(20),
    "role" VARCHAR(32) NOT NULL /* USER or ADMIN */,
    "status" VARCHAR(32) NOT NULL /* ACTIVE or DISABLED */,
    "default_persona" VARCHAR(100),
    "created_at" TIMESTAMP NOT NULL,
    "updated_at" TIMESTAMP NOT NULL,
    "last_login_at" TIMESTAMP
) /* A person's account. The folded columns hold what must be unique whatever its case. */;
CREATE TABLE "keys" (
    "id" VARCHAR(32) NOT NULL PRIMARY KEY,
    "name" VARCHAR(100) NOT NULL,
    "secret_sealed" TEXT NOT NULL,
    "secret_hint" VARCHAR(4) NOT NULL,
    "model" VARCHAR(200) NOT NULL,
    "base_url" VARCHAR(2048) NOT NULL,
    "parameters" JSON NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "updated_at" TIMESTAMP NOT NULL,
    "last_used_at" TIMESTAMP,
    "group_id" VARCHAR(32) REFERENCES "groups" ("id") ON DELETE CASCADE,
    "user_id" VARCHAR(32) NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_keys_user_id_9383d6" UNIQUE ("user_id", "name")
) /* A credential for one OpenAI-compatible endpoint and model; `secret_sealed` is AES-256-GCM, bound to this row's id. */;
CREATE INDEX "idx_keys_group_i_520c37" ON "keys" ("group_id");
CREATE TABLE "sessions" (
    "id" VARCHAR(32) NOT NULL PRIMARY KEY,
    "title" VARCHAR(200) NOT NULL,
    "persona" VARCHAR(100),
    "model" VARCHAR(200),
    "status" VARCHAR(32) NOT NULL /* ACTIVE or ENDED */,
    "pinned" INT NOT NULL,
    "head_id" VARCHAR(32),
    "message_count" INT NOT NULL,
    "last_message_at" TIMESTAMP,
    "active_at" TIMESTAMP NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "updated_at" TIMESTAMP NOT NULL,
    "key_id" VARCHAR(32) REFERENCES "keys" ("id") ON DELETE SET NULL,
    "user_id" VARCHAR(32) NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE
) /* A conversation. `head_id` is the last message of the selected branch; it changes only under a lock of the row. */;
CREATE INDEX "idx_sessions_user_id_94387b" ON "sessions" ("user_id", "active_at", "id");
CREATE INDEX "idx_sessions_key_id_7ba1a4" ON "sessions" ("key_id");
CREATE TABLE "messages" (
    "id" VARCHAR(32) NOT NULL PRIMARY KEY,
    "order" INT NOT NULL,
    "is_selected" INT NOT NULL,
    "role" VARCHAR(32) NOT NULL /* USER, ASSISTANT or SYSTEM */,
    "text" TEXT NOT NULL,
    "attachments" JSON NOT NULL,
    "reasoning" TEXT,
    "status" VARCHAR(32) NOT NULL /* STREAMING, COMPLETED, STOPPED, FAILED or INTERRUPTED */,
    "finish_reason" VARCHAR(32) /* why the model ended */,
    "error_code" VARCHAR(32),
    "error_message" TEXT,
    "model" VARCHAR(200),
    "prompt_tokens" INT,
    "completion_tokens" INT,
    "total_tokens" INT,
    "usage_source" VARCHAR(32) /* PROVIDER or ESTIMATED */,
    "worker_id" VARCHAR(64),
    "lease_until" TIMESTAMP,
    "created_at" TIMESTAMP NOT NULL,
    "finished_at" TIMESTAMP,
    "key_id" VARCHAR(32) REFERENCES "keys" ("id") ON DELETE SET NULL,
    "parent_id" VARCHAR(32) REFERENCES "messages" ("id") ON DELETE CASCADE,
    "session_id" VARCHAR(32) NOT NULL REFERENCES "sessions" ("id") ON DELETE CASCADE
) /* A node of a session's tree of messages. */;
CREATE INDEX "idx_messages_session_91132c" ON "messages" ("session_id", "is_selected", "order");
CREATE INDEX "idx_messages_parent__35c962" ON "messages" ("parent_id");
CREATE INDEX "idx_messages_key_id_b238b1" ON "messages" ("key_id");
CREATE INDEX "idx_messages_status_8cc9da" ON "messages" ("status", "lease_until");
CREATE TABLE "send_claims" (
    "id" VARCHAR(32) NOT NULL PRIMARY KEY,
    "idempotency_key" VARCHAR(200) NOT NULL,
    "payload_hash" VARCHAR(64) NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "reply_id" VARCHAR(32) NOT NULL REFERENCES "messages" ("id") ON DELETE CASCADE,
    "user_id" VARCHAR(32) NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE,
    "user_message_id" VARCHAR(32) NOT NULL REFERENCES "messages" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_send_claims_user_id_099b35" UNIQUE ("user_id", "idempotency_key")
) /* An idempotency key of a send: who repeats it gets the first answer, with another payload a conflict. */;
CREATE INDEX "idx_send_claims_created_8497a9" ON "send_claims" ("created_at");
CREATE INDEX "idx_send_claims_user_me_c65bf8" ON "send_claims" ("user_message_id");
CREATE INDEX "idx_send_claims_reply_i_1888f2" ON "send_claims" ("reply_id");
CREATE TABLE "access_tokens" (
    "id" VARCHAR(32) NOT NULL PRIMARY KEY,
    "name" VARCHAR(100) NOT NULL,
    "token_hash" VARCHAR(64) NOT NULL UNIQUE,
    "scopes" JSON NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "expires_at" TIMESTAMP,
    "last_used_at" TIMESTAMP,
    "user_id" VARCHAR(32) NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE
) /* A personal access token for scripts; only its SHA-256 is kept. */;
CREATE INDEX "idx_access_toke_user_id_e715dd" ON "access_tokens" ("user_id");
CREATE TABLE "group_members" (
    "id" VARCHAR(32) NOT NULL PRIMARY KEY,
    "created_at" TIMESTAMP NOT NULL,
    "group_id" VARCHAR(32) NOT NULL REFERENCES "groups" ("id") ON DELETE CASCADE,
    "user_id" VARCHAR(32) NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_group_membe_group_i_871198" UNIQUE ("group_id", "user_id")
) /* A user's place in a group. */;
CREATE INDEX "idx_group_membe_user_id_1ed761" ON "group_members" ("user_id");
CREATE TABLE "sign_ins" (
    "id" VARCHAR(32) NOT NULL PRIMARY KEY,
    "generation" INT NOT NULL,
    "rotated_at" TIMESTAMP NOT NULL,
    "expires_at" TIMESTAMP NOT NULL,
    "ends_at" TIMESTAMP NOT NULL,
    "revoked_at" TIMESTAMP,
    "client_ip" VARCHAR(45),
    "user_agent" VARCHAR(300),
    "created_at" TIMESTAMP NOT NULL,
    "user_id" VARCHAR(32) NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE
) /* One sign-in and the chain of refresh tokens that continues it (a token family). */;
CREATE INDEX "idx_sign_ins_ends_at_c3df04" ON "sign_ins" ("ends_at");
CREATE INDEX "idx_sign_ins_user_id_a8af9a" ON "sign_ins" ("user_id");
CREATE TABLE "verification_codes" (
    "id" VARCHAR(32) NOT NULL PRIMARY KEY,
    "login_folded" VARCHAR(300) NOT NULL,
    "purpose" VARCHAR(32) NOT NULL /* REGISTER, PASSWORD_RESET or EMAIL_CHANGE */,
    "code_hash" VARCHAR(64) NOT NULL,
    "attempts" INT NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "expires_at" TIMESTAMP NOT NULL,
    "consumed_at" TIMESTAMP
) /* A six-digit code, hashed, bound to a login and a purpose. */;
CREATE INDEX "idx_verificatio_expires_c4efb1" ON "verification_codes" ("expires_at");
CREATE INDEX "idx_verificatio_login_f_fedd85" ON "verification_codes" ("login_folded", "purpose", "created_at");
CREATE TABLE "aerich" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "version" VARCHAR(255) NOT NULL,
    "app" VARCHAR(100) NOT NULL,
    "content" JSON NOT NULL
);
""",
    "postgres": """
CREATE TABLE "groups" (
    "id" VARCHAR(32) NOT NULL PRIMARY KEY,
    "name" VARCHAR(100) NOT NULL UNIQUE,
    "activation_code" VARCHAR(64),
    "activation_code_folded" VARCHAR(64) UNIQUE,
    "monthly_token_quota" BIGINT,
    "created_at" TIMESTAMPTZ NOT NULL,
    "updated_at" TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE "groups" IS 'Users who share keys; joined with an activation code.';
CREATE TABLE "users" (
    "id" VARCHAR(32) NOT NULL PRIMARY KEY,
    "username" VARCHAR(50) NOT NULL,
    "username_folded" VARCHAR(150) NOT NULL UNIQUE,
    "email" VARCHAR(254) NOT NULL,
    "email_folded" VARCHAR(300) NOT NULL UNIQUE,
    "password_hash" VARCHAR(100) NOT NULL,
    "nickname" VARCHAR(50),
    "avatar_url" VARCHAR(2048),
    "phone" VARCHAR(20),
    "role" VARCHAR(32) NOT NULL,
    "status" VARCHAR(32) NOT NULL,
    "default_persona" VARCHAR(100),
    "created_at" TIMESTAMPTZ NOT NULL,
    "updated_at" TIMESTAMPTZ NOT NULL,
    "last_login_at" TIMESTAMPTZ
);
COMMENT ON COLUMN "users"."role" IS 'USER or ADMIN';
COMMENT ON COLUMN "users"."status" IS 'ACTIVE or DISABLED';
COMMENT ON TABLE "users" IS 'A person''s account. The folded columns hold what must be unique whatever its case.';
CREATE TABLE "keys" (
    "id" VARCHAR(32) NOT NULL PRIMARY KEY,
    "name" VARCHAR(100) NOT NULL,
    "secret_sealed" TEXT NOT NULL,
    "secret_hint" VARCHAR(4) NOT NULL,
    "model" VARCHAR(200) NOT NULL,
    "base_url" VARCHAR(2048) NOT NULL,
    "parameters" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "updated_at" TIMESTAMPTZ NOT NULL,
    "last_used_at" TIMESTAMPTZ,
    "group_id" VARCHAR(32) REFERENCES "groups" ("id") ON DELETE CASCADE,
    "user_id" VARCHAR(32) NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_keys_user_id_9383d6" UNIQUE ("user_id", "name")
);
CREATE INDEX "idx_keys_group_i_520c37" ON "keys" ("group_id");
COMMENT ON TABLE "keys" IS 'A credential for one OpenAI-compatible endpoint and model; `secret_sealed` is AES-256-GCM, bound to this row''s id.';
CREATE TABLE "sessions" (
    "id" VARCHAR(32) NOT NULL PRIMARY KEY,
    "title" VARCHAR(200) NOT NULL,
    "persona" VARCHAR(100),
    "model" VARCHAR(200),
    "status" VARCHAR(32) NOT NULL,
    "pinned" BOOL NOT NULL,
    "head_id" VARCHAR(32),
    "message_count" INT NOT NULL,
    "last_message_at" TIMESTAMPTZ,
    "active_at" TIMESTAMPTZ NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "updated_at" TIMESTAMPTZ NOT NULL,
    "key_id" VARCHAR(32) REFERENCES "keys" ("id") ON DELETE SET NULL,
    "user_id" VARCHAR(32) NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE
);
CREATE INDEX "idx_sessions_user_id_94387b" ON "sessions" ("user_id", "active_at", "id");
CREATE INDEX "idx_sessions_key_id_7ba1a4" ON "sessions" ("key_id");
COMMENT ON COLUMN "sessions"."status" IS 'ACTIVE or ENDED';
COMMENT ON TABLE "sessions" IS 'A conversation. `head_id` is the last message of the selected branch; it changes only under a lock of the row.';
CREATE TABLE "messages" (
    "id" VARCHAR(32) NOT NULL PRIMARY KEY,
    "order" INT NOT NULL,
    "is_selected" BOOL NOT NULL,
    "role" VARCHAR(32) NOT NULL,
    "text" TEXT NOT NULL,
    "attachments" JSONB NOT NULL,
    "reasoning" TEXT,
    "status" VARCHAR(32) NOT NULL,
    "finish_reason" VARCHAR(32),
    "error_code" VARCHAR(32),
    "error_message" TEXT,
    "model" VARCHAR(200),
    "prompt_tokens" INT,
    "completion_tokens" INT,
    "total_tokens" INT,
    "usage_source" VARCHAR(32),
    "worker_id" VARCHAR(64),
    "lease_until" TIMESTAMPTZ,
    "created_at" TIMESTAMPTZ NOT NULL,
    "finished_at" TIMESTAMPTZ,
    "key_id" VARCHAR(32) REFERENCES "keys" ("id") ON DELETE SET NULL,
    "parent_id" VARCHAR(32) REFERENCES "messages" ("id") ON DELETE CASCADE,
    "session_id" VARCHAR(32) NOT NULL REFERENCES "sessions" ("id") ON DELETE CASCADE
);
CREATE INDEX "idx_messages_session_91132c" ON "messages" ("session_id", "is_selected", "order");
CREATE INDEX "idx_messages_parent__35c962" ON "messages" ("parent_id");
CREATE INDEX "idx_messages_key_id_b238b1" ON "messages" ("key_id");
CREATE INDEX "idx_messages_status_8cc9da" ON "messages" ("status", "lease_until");
COMMENT ON COLUMN "messages"."role" IS 'USER, ASSISTANT or SYSTEM';
COMMENT ON COLUMN "messages"."status" IS 'STREAMING, COMPLETED, STOPPED, FAILED or INTERRUPTED';
COMMENT ON COLUMN "messages"."finish_reason" IS 'why the model ended';
COMMENT ON COLUMN "messages"."usage_source" IS 'PROVIDER or ESTIMATED';
COMMENT ON TABLE "messages" IS 'A node of a session''s tree of messages.';
CREATE TABLE "send_claims" (
    "id" VARCHAR(32) NOT NULL PRIMARY KEY,
    "idempotency_key" VARCHAR(200) NOT NULL,
    "payload_hash" VARCHAR(64) NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "reply_id" VARCHAR(32) NOT NULL REFERENCES "messages" ("id") ON DELETE CASCADE,
    "user_id" VARCHAR(32) NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE,
    "user_message_id" VARCHAR(32) NOT NULL REFERENCES "messages" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_send_claims_user_id_099b35" UNIQUE ("user_id", "idempotency_key")
);
CREATE INDEX "idx_send_claims_created_8497a9" ON "send_claims" ("created_at");
CREATE INDEX "idx_send_claims_user_me_c65bf8" ON "send_claims" ("user_message_id");
CREATE INDEX "idx_send_claims_reply_i_1888f2" ON "send_claims" ("reply_id");
COMMENT ON TABLE "send_claims" IS 'An idempotency key of a send: who repeats it gets the first answer, with another payload a conflict.';
CREATE TABLE "access_tokens" (
    "id" VARCHAR(32) NOT NULL PRIMARY KEY,
    "name" VARCHAR(100) NOT NULL,
    "token_hash" VARCHAR(64) NOT NULL UNIQUE,
    "scopes" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "expires_at" TIMESTAMPTZ,
    "last_used_at" TIMESTAMPTZ,
    "user_id" VARCHAR(32) NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE
);
CREATE INDEX "idx_access_toke_user_id_e715dd" ON "access_tokens" ("user_id");
COMMENT ON TABLE "access_tokens" IS 'A personal access token for scripts; only its SHA-256 is kept.';
CREATE TABLE "group_members" (
    "id" VARCHAR(32) NOT NULL PRIMARY KEY,
    "created_at" TIMESTAMPTZ NOT NULL,
    "group_id" VARCHAR(32) NOT NULL REFERENCES "groups" ("id") ON DELETE CASCADE,
    "user_id" VARCHAR(32) NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_group_membe_group_i_871198" UNIQUE ("group_id", "user_id")
);
CREATE INDEX "idx_group_membe_user_id_1ed761" ON "group_members" ("user_id");
COMMENT ON TABLE "group_members" IS 'A user''s place in a group.';
CREATE TABLE "sign_ins" (
    "id" VARCHAR(32) NOT NULL PRIMARY KEY,
    "generation" INT NOT NULL,
    "rotated_at" TIMESTAMPTZ NOT NULL,
    "expires_at" TIMESTAMPTZ NOT NULL,
    "ends_at" TIMESTAMPTZ NOT NULL,
    "revoked_at" TIMESTAMPTZ,
    "client_ip" VARCHAR(45),
    "user_agent" VARCHAR(300),
    "created_at" TIMESTAMPTZ NOT NULL,
    "user_id" VARCHAR(32) NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE
);
CREATE INDEX "idx_sign_ins_ends_at_c3df04" ON "sign_ins" ("ends_at");
CREATE INDEX "idx_sign_ins_user_id_a8af9a" ON "sign_ins" ("user_id");
COMMENT ON TABLE "sign_ins" IS 'One sign-in and the chain of refresh tokens that continues it (a token family).';
CREATE TABLE "verification_codes" (
    "id" VARCHAR(32) NOT NULL PRIMARY KEY,
    "login_folded" VARCHAR(300) NOT NULL,
    "purpose" VARCHAR(32) NOT NULL,
    "code_hash" VARCHAR(64) NOT NULL,
    "attempts" INT NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "expires_at" TIMESTAMPTZ NOT NULL,
    "consumed_at" TIMESTAMPTZ
);
CREATE INDEX "idx_verificatio_expires_c4efb1" ON "verification_codes" ("expires_at");
CREATE INDEX "idx_verificatio_login_f_fedd85" ON "verification_codes" ("login_folded", "purpose", "created_at");
COMMENT ON COLUMN "verification_codes"."purpose" IS 'REGISTER, PASSWORD_RESET or EMAIL_CHANGE';
COMMENT ON TABLE "verification_codes" IS 'A six-digit code, hashed, bound to a login and a purpose.';
CREATE TABLE "aerich" (
    "id" SERIAL NOT NULL PRIMARY KEY,
    "version" VARCHAR(255) NOT NULL,
    "app" VARCHAR(100) NOT NULL,
    "content" JSONB NOT NULL
);
""",
}


async def upgrade(db: BaseDBAsyncClient) -> str:
    return UPGRADE[db.capabilities.dialect]


async def downgrade(db: BaseDBAsyncClient) -> str:
    return ""  # aerich asks for it; the way back is a backup


MODELS_STATE = (
    "eJztXW1T27gW/iuafGl3JmVKgLZ3+ymAt5u7BBiSdvfuyzjCFtgXW8paMimzt//9SrIdvw"
    "c7TUAx+kSQdGT7OXo7zzmS/un5xEYe3TtxIJsgSl2Cez+Cf3oY+oj/qMrugx6cz9NMkcDg"
    "tSfL06iQTITXlAXQYjz9BnoU8SQbUStw5yx6TG8ILILvUUChSNkDMwdB23TtGXApYA4CHq"
    "QM+LxOeIsAuZFpFHnIYsgG1wHElvMRuAxYDsS3iAKCvQcQYhsFAAKPWHeJUEAWe+KdbGLx"
    "l3Lx7fM8PsTu3yEyGblFPDngL/HHXzzZ5SJfERX//tELKQr4S0gELebeIxMy8Q9P4mX/6N"
    "2hB5H9lxCc35k3LvLsnM4iWZlusoe5TOMKDH6SJQUI16ZFvNDHaen5A3MIXhbnGInUW4RR"
    "APnHZlSIQ8+LtZ0kRV/FE1gQouXn2GmCjW5g6ImGIKSjN0jTeqZ5fjE1J8bUNHulRpJIZB"
    "QXJ3HliQbmYkbl9/vwq+khfMsc/u/B4Fv0nBSHqJR44Jfh1cnPw6vXB4MfxAMJb6VR8z2P"
    "cwYy65usAjIYVSL1k8LMXMaFWiC9FNgM2ElCinbay54c7sHbtw3w5qVqAZd5AvEU4Tnvmg"
    "TDNhhnRNZCOW6waoK83wjk/RUg75dBloN4G4iXAt0DeCutmDLIQlqNsIFDX6I84m/FpxNU"
    "QjuVVnnU6A1PpqMvBiABMM5PjdPiVPuUI3Zm/HAxRhWT4TEhHoK4ZgRZChUAv+ZS6iDeuI"
    "WvAPX44uJM1OxT+rcnE0bTArqfx8cGH1Ik6LyQy2Ty6HxagDpeObUZRzIi3RtJNt+Y42Uo"
    "BzDErIzzCLOa4booVwDbjVJ3rFXz9+V/3gz2D98ffjh4d/iBF5Evukx5v0IB5fYrVvpmAh"
    "WswPeUY8NcH1WDXCFegNmO5feSH7vXwlcAOh2Njcl0OL7MDSenw6khcgYy9aGQ+vpdofUv"
    "KwG/jqY/A/Ev+P3i3JBoEspuA/nEtNz09554JxgyYmKyMKGdxSRJTpJy+s5ZVm00nRPcgI"
    "5V61hdUrIVIAH8GlrOS2o1K63mcG6vqea8pFaz0mqOea8WK8xUQi8wH19gZnjHpgBnRFS2"
    "Tp8VYkHT3txVMogCvjLcP5EAubf4F/RQYgYKIMfk/Oe4mh0D+1vSmpLUtMsFcLHktbONjH"
    "87/2IUGaEnw8nJ8NToFQeJDSD6S1TLbo0PTfFMR8UcnPzx4Pzz2VlPtthraN0tYGCbuaYr"
    "csiAFFKWZctZ/sAvpkDMbSQ7/grxzjHm48h66lV4n5Ks/irPU2x9NfY8YV6FcM9AEPusXl"
    "EOF5JpSV1VLqNGcn/iP/GMBDYKlr4kG82ZA24C4oP9j2DmUjPxJM2AD4O7qBTBCMwhL8gc"
    "yGJ/k3wKoA5Z0D3wq+N6iD88QHPvQdQ9mV4Zw/Ho/BNwGQWLwGUo4On8+QsS3MmuM+uDhe"
    "NaDvBDyrgkRgsw8xCkyAwxc70Zfx+GvrIZgNgGM772pQTzD56JF8AABij1hlEM5/xV2B6Y"
    "Qcag5fiIt78ZcAhXsiw2hwHjj5cfIEQx4R/Ca2/sAIu/OG6kGaCigZaDGjnC+IP4s82iX0"
    "z8TlnTzGdql9lzu8wi5ZWQruWuluU1Z1XBWRV6RguOuyCpie7mRHdA6py+j/tyElmV18q9"
    "zxPjqg+Gk8mIG2znU+HSmfxnMjXGavh0xExSxn/KU2uc7nF5lTHfiDlv/DbNNfEExNfj4W"
    "8/5Kz5s4vzT0nxDOgnZxfHBbAzM3wZ839PLs5rONK8WJFXcS0G/gc8l+7iIL5CBQKQ1Soo"
    "ot3PsySigqIKlouxNo0+J9QF7uOpG/6L8NkvLYc+OLkYX54ZU+O0z+2Ji8tL8eOn4ejMOB"
    "XjP58Fjaurz5dTVRz7Ny52qWNGzXxdLZUqUbij9BbOgzSupOELEK/cVkMVKAhIwFG1W4XC"
    "5aUUBl4ZdjZCzE+ZkKZzQUmwC2g/9Xygg+S2HeoZEH/OTEbuEK6Yd2sZgpLcWkyBanhvmC"
    "iwOEYeEm/RHuBKWQ1yGWRGGPTa41sU09CWoQ1lWBUlYWCtzb0U61B4XO5dXl18GZ0aVzKc"
    "djIdjYfKrLyXPoU2k2FOSGHg15wQ3x02QPndYS3KIqsQjZhxWpRwfiQSMS+qoxBVDmnRAW"
    "ovQs0R07CWnguiujurrGcdobbl/TxLh38LiHNCGuXHUc6HXzSFOS+lMu+tajQgTffXf2f4"
    "WmG3/o7B3jSOLd/iHg8NjAaCDcCbCUfbrZGjKbK5IVPHXHY35nKCsH3iQdfvVURdppn91S"
    "d+YNu0RLmmoZcYuDby54QhbD0ADk0STontH8HCISK2kVs3VJyscYtYFFV44waUAYjpAgV9"
    "sHCZw/8hIoYQzOGDR6DNq+B6uPFci1XEbT7RQyviG3MnemRewhT95q/q4z+SrYRJPKOM9t"
    "SnfigQwlhUYCvMS6IdXCdtxz0U9TbTgdRpt/jPy3UQ782zj7vFSj3lYNMlsmI5pbToTlmZ"
    "DnYlvaduVyHOrJfaQp0X1ZDrbYwKbGPMtswnZSx2Gt18V34cZTmdaXgbwJud+KtxfR4CQ5"
    "BGFdRFzCXVkxbc/Gp+RGmAbISZCz1wQwK5Q/NijvBw9EbERkHm8jpFRO6ccPzkDkr5wI9g"
    "RhGXZSZF0EPRoaJDY/JmcPTuzaeTcR9ck5AXZgQwh2cFZPGKAteuPKb0iV9BbF8dSpIk4j"
    "zAbUDCuZCmfDJFdpQsGBKZwYV85F+jgH6UiaIzisKCVvGhjYDbjByRWiwzIvIZmvxQgPyQ"
    "f1sAnZTv4KpqK2dx5nprGej6IO+SYCcQf/JdPxGKjlvlJlrl+syJdQL6fGNvQjHVM0wlgu"
    "mJo+nVxnYrfOm1DAIMWoGclekkzocfGgF9+GEF0iKzFJTCfzG++CmDXb9FNi+ld8h+xw7Z"
    "3aKrVVHFzvHV+pS/F6FmeZIutwnXUXRRVkfLqqzppVnfYo2SldGxnNr/pJ0haoG9FWeI7P"
    "QbwPRTUs9ujRFNMc2OjSpx9EPLQpROxQ7XXgVXn83ur+LsoSyY2SrbhLyP7wPyQCQNpLQk"
    "0aOC9GN0aZc4O3Hy81Aw44K5vkPzqiDC766uzf1fmu3WbLcq0+ZW2G7ZeVqH9OWlOtesNx"
    "/ORy0yR63IqVRCE1OamNJ27Go7Fn2du7y6NdScl9Rshcpa1rzUS9G05kw0Z6Kiff8oZ/I8"
    "5n3EqlQY9ku6pd6kl5RFQ1teaDcKKZMxaCI6jVvb/yUuTuLRIAbydjZ5mzcQh0uWTfi1a3"
    "ncctfm+ks21xWCeivGetonWh/2WiHaPd/N5u32AmzmDfHsqqjAxsBnatgI/go1+c2j7xPM"
    "HO8hopvNv0PCKu6hP3Zv6+/dra6gQ+c7/mswODh4P3h78O7D0eH790cf3i4PeixnrTrx8X"
    "j0SRz6mNNNxSmmmk55EeaXjvPpqppLJuAzWixjuWGlV2e3xNmPWy9mvPOlqUNSWHGvKJh7"
    "0ELAxcnemipn46qilVtpsh7gnBdR+xdVNFj0hNbZke7Z49xUU6gOdNtJiFeQtk8dlaUa3J"
    "sLyyq2Y02F7ygVPuE6GlUGucU5K5eTlJcx3aahbRcYASHxRiwMxR5uBwHL4ZiJc+0CdMMn"
    "MCcKT6PRXcIcVObiEMkT7l7DJHQN+q738EN5+bnh+sWO8nMSJ4p95Iw3aftHeZFxpi6RBc"
    "F4eALIPQrkQ5NN6fIt+BI4atEchT6gJCkRRd1R+EDjm47TYvIuZCsMxJGWe2CW+tyXNzPH"
    "mfk34c9E2O5zAWxHpeWBgPJzXlEdzKfibLVqsZ02iDLctRxeXkhfQlx5Hy5b04jJS2ojRm"
    "kjRqEgJ63mLao5muxa6zgV04c+qqzfAN3zxc1ao3VOUkewqaxly3Pl+e0V5nn9yjIn1D3/"
    "/OFRkzNMjuoPMTmqpJy4IdjusJi8VPdwPmgUfHKwIvjkoBx8opnyFzFuaRJXR95qurEx3S"
    "hRryAbE23UU43ig1puoX1FxZ5XEgoSbSqYMBlLBqKeSIHD/wULwQP6IWXgGoFIyTINCS5P"
    "bIm1IK2Iyd3OI3TArgpjT38FJSdaYdug3axMBwf8oyaLp6P6tdNRaemUALZG+GiFaOda+X"
    "4jxPdXQL5fxhz5sOri3nqklwIdbNKDoyaxubxU/al7R6XoXAnYGk26KNe59rwV82sOKV2Q"
    "YJ3rdwqCHWzfW9ltgV3rrvV+loxM93iFzc+M8J4vTIK2p6TmpbqH89aOSeU4tWrOS4EuYt"
    "wI4RX4FtENiFcDroFDv2TFF/ywnvLL6d7niXEFSACGp+PRedGCfJ6QQw4nCyvOVWmGeiqt"
    "NO7Dk+noiyGQPx1Nhsdnxqka4McfYMYHcrUZWCpEuzfEbGVVomn4WvQ7RcPrHVgvQc3yVB"
    "qP3Lp43SNtssI6IkA1XSuy2+4LCtwb15JRlCdi+3+Fx6JUpr/Ke3GfKS03tjd2ZVD36xvb"
    "vXWZPNejDwQtgezMNVgQyDYdxxrPw4ArotJj8R01NQkbjnpWhqeK5MXPzFSqg4qf2YNRVF"
    "NTwEvqVdgEUIqITLvBOjZXRlxlxHtXxqfRZGpc9cHlcDL59eLq1LwyeGFhhhnj4ejM5Aid"
    "fzLUMMXk0SJtmeGckMrKWLP5b+E4GMaQP2cVhEPt9oWsiN68oI8UeUmr393dvKBj29eMeu"
    "afFvrr9ea8qLZlVdOzIrbskFueltOrusUiyumvvMAiLfOYrVqv2A2HtdWuHSptwopVQ9zQ"
    "1TUJN7JkqDcB71FAKzeV1q99MyIdXPkOjprstOClVsT7lPZaiE7VAuG4eAfR3Y5fh2BWuY"
    "2l/oqIjIi+I6LlHRHPOpl9+z9FkKzZ"
)
