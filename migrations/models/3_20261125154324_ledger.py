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
    "3KT2fYRvOJbU7Q1GccKF0yR0OHYEYM3+W2M4Tn4eQbHyLsWmgIsi+jLrzwUDyAi7BHVtYw"
    "5uIZPAqHVxxizrE5mRKYgEM0ocBl2W+GPc7UCwhSl8KLwOilDWDBGweTNAKUWmgBVGUIg/"
    "vArY2kXUz8XmlNI6+pTWb7Npkp5qWQztVdLftrnVWGzirxZVTQcScotaK7vKLbo3lG3+dt"
    "OSFtnWXl1pd+976NOv1+Dw5stwNh0un/1h90b+ph0xE7SRr/AbTmGN2D/nXGfCPH+e4/B7"
    "EpHoL4+qbzzx9ip/nru9tPYfcI6JfXdx8TYEc2+DTm/9u/u83RkcbJknoV2+Tov8ix2SEu"
    "4gUsEIAUsyCJdjuuJREDJFmwFMaqTPoYURN0H7ue+C/CZr88ObTR5d3N5+vuoHvVhvPE3e"
    "fP4sdPnd5190qs/7ALdu/vv3we1MWwP7Zdm00MNc3X5VJqkBp/KK35ZCHPVvLgiwgMbtWD"
    "FcTzqAeoWpVc4eJUNQa+NtpZhdh0pQkpuxekCJuA9q73A+0kt21XT49OZ9zg9JG4Gfturo"
    "YgRbeWpqBueG9YUWACRg4RT1Ed4ExaDXIaZE45dqrjmyTT0Kah9aVbFaO+Z66te0mOUeN1"
    "ufX5/u6X3lX3XrrT9ge9m05tJO+lTaHKZhgjqjHwa26I56clUD4/zUVZXEp4I0aMFimcn/"
    "FEjJNqL8Q6u7RoB7UXwWalaViLzwlS/TnXmc/aQ23L8TxLg38FiGNEGuXnUY67X5SFOU5V"
    "Z713Xb0B2Sq+/jvd1xLR+gcGe1k/tviMe941UC0EG4A34o52WCtHWWRjS6b2uWyuz2WfuN"
    "alg+1pK8PrcnWxXZzxw7UMU/Qr63rpItsi0xnlxDUXCKAJ3Sld60c0n1Dh2winGyYyazwQ"
    "rpwKx7bHOMIumxOvjeY2n8A/VPgQohleOBRbMATwYezYJs/w29zRTTP8G2MZPSIPYYjv5o"
    "/s9B9hKGHozyi9PXXWjxq4MCYZWAnzFGkD5aTtmIfU12ZMMJtUE/7jdA3Ee/Pax8PSSu1y"
    "sWmSsmK5pVT4nKI0DfyUdEzdoUIckZeqQh0n1ZDrMMYahDFGZ+ZONRYHjW78U34eZbmdaX"
    "hLwBvd+LNx3Y8C44rSKbHuRv8mUuOQ0mHErreL1BiW7GlQ2bW8JkP1V8GOLhV5PpFLiMUQ"
    "dhdoChPpAnlkSp+IpUI/ZUQnh3YEBEOXfOMG9xYgMA/bMvgSPwAXkDTfq0GZb5piwEyVxu"
    "7uLgJae3ATgJeJW4nvTZLA70ARuwwyxQs0IuhBhLKOpNeyWzL0s5Ju46P9kOtUlbmXZ7hS"
    "BVO9vsoN5Uj1Pycn7969P3n77vzD2en792cf3i49qtKXilyrPvY+Ce+q2EYfulsVRG3KWV"
    "ZV2xGnapymaStqDsw5mc6ygq1yp3qUREfJZjgPRla5quqMBKnWZ9RNn5E6lOxHCvnJlq+b"
    "kj5ke6HUMYYepTNWiM6xzBNHqMcZ7LEc9uQwSUMgEgxXy+8QwZ6+3Pnb4qcnEk2YRNg6bI"
    "buu52r37JSXWz3hjJHBrP/IoYcUCbKmAuhY46FAONSHygsIVQ4IeHn7u2VjFcTkodMaMkQ"
    "p4KByl4jpJJXDP3pU46XEg+ISe4FvIOKZ/vqCrlkgqUUEzx7ZDRh3YH3P0JD8m1mw/QUwl"
    "GYwoNAPwlH8BwiW8dRkDojIf041H1oCzqHjDnc0+eCUr7eE/FG0C6MRyNfCG+UkUDaAlpG"
    "182TEZiKIufMIA5R24z2bDOSfysAHfZvoDLq5OysjNh0dpYvNolridi4b5y42b4zBSGIUa"
    "IGIn18XgLo4+SOHUkVf57OQGzZWGFUAec4VROBPikSSJdIn7zPh1pcSzjhLffFaiffOF2T"
    "DgQ7OQRHGDDBJ2fnVSb6iqJ5XqabNzK/iAwLS3lVSrwinEsJoUlZez+WszG2Hd+rFEweIW"
    "nCJN91GHl9NGm1Wl22okuzmTHzqAlnpHXSo8VIdX608vnRDst5qC4MOAhtW/zIFWpHqrI5"
    "TrmTgDatUl2PyTvNtffCRQMddaVd8g4ZYu0ftkv/MB0ruPlYwf3YDkXYW4bpMIiGy7ccwm"
    "mwfJFlj1jE5TZ20Jh6Msf83Yy4nd4bkd0JcxvGFMatGQUEpTVM3vACDRkBWm4wgh2iyiJ3"
    "uv03J2fnbz5d3rTRiPrQmVNpHbOtzArLu7q3MCd2ZGCXitNCDx71Z4KMwcIuDIm2TKtP1I"
    "VXDE3JdEQ8drE0HSoLJEVTbAmLY6mALsm3dBSXvIcO2NLGtzrt9FupHxz7TKucFlKEjUB8"
    "9+cGieLEzgptLzo4xMgaAX18spexWOQbLFL2ih1nAK03tltR2I5k4jKvEshRmkbifPqhFN"
    "CnHwqQFhdTiXTgFwfhJw12flr/OJXO6v8dWf21lnytDfTQFKi6MumLYLOs/g1nwnUYnaTV"
    "Gf7qzOnlsb6CjBKlaYJlRCvoDxJiraDfpYJefvQbwPRTOM5hrRFlMY2ujXXSyl9ix2llqO"
    "Vle7tIL29Cj/KKeegsVNhYKb3bSFRv5TJixSQiogR+2lxGq8iSPxfiP+pzx34iLFodth2W"
    "nm1LDbhQo0toMzXyW7+pjOzxCMxEkG3CmrjL4rKqeXWYHMpQInFKupB1YlVokQhqXCDfdY"
    "AcDR8JmTExnbgsNivCcwKTgTQMYCQUAejL/XU7eEDvSUYC0Tm8yziotivaZHwSPOBAFFwI"
    "g35klVpfoqK0/AIEVblWBAOJOzyCRODCNCFPIu4Z/UU8GoZdj6i1UCMRq3TsTmQxiZ/oMs"
    "J4lpqk7J5x21Z2n2Q+uVU+wuz+0e8y565LD9zs69mtcT4mqLWpZM+mkpnvgcC8domNCHmd"
    "pbDWfffz9W9tOCgMrrvCJ3sAx4LkOrkf0VcrmbetZA63jSogR2kaifN2lMyxPTeN9/MFqq"
    "O02gW7vAt2XmiNcTkh5iOxxEqeNggeRkRN/8vlZbffl5WR7u/v7re5bqPLn7uX/0Cvvwbg"
    "fG2h3i16/Sp4hldt9Eo+w6sfqmTXl0PlFMzMD+uLU+kiYelZrwuR6kKktVrRt+LukT5AVd"
    "hV08R6Wy2/rSYVGlXmfhZtnffZ2s7/tPpoHTYUejJoRpRjBJvBExCjapBQilBvA9XR1+WS"
    "dbnkwwZZ1/StTU1fywd4xIydVpnpCaompZrZ2CSX9YPUQlAN3DShXkMyFmrHlnXKMgzt+S"
    "f+GFGNV4x13d7L5Fc7zU+vdprKriYtkbDQVlOax6mah/O7UtaJdwXWiXdp60R4PqlalSVK"
    "1Tyoj0/K2CegV0GCtZR1Qntg56KvHTa1w2YV+VGXvd6yV8BaxY02UNfoheG8txQsLwxn7e"
    "CtHbzr6Ix8EBlYarZWbCABy6oIdsamtwF8G1+uvaDsWTa2umD79xds18Eemwv2WKG6n2gP"
    "ifsNdeVmnIr5iFxtF0V+qNebio4lA0AGE4KUlUiVFQkTE8kYEhVeMCIP2BX1VETiJDl2W/"
    "z3ZXB5gYbyfxkAYXMWFKuf0ilxeTruY8v3ykyTFGW4pE8lSqrk8a8rvolru6j4Ng1nexW9"
    "2JJIq8RqrRLLs2kXfV7facuuGzv3U1JiL7rI2kG/25PvrkWzusF96IG4IldkXjDu8lqhWE"
    "ahl1E9KtcHfnlojhdtFKStnMtCbXPqPcIFER1r2cT6EcloWiE+CblIVOANit85xHoQI9hw"
    "XRTlVUXr5qongvVcxLdklfXd7f1jhX2BPJAFo0V8w4hg4losKHdnjMgYPqFlTC9m1IXnXz"
    "UHxQFNWNgAbeIFw0LbVzc4r8I7WMuxpezZRsOYg5oYHhEGMgN8cEeoM4aB0NAi2DKw+D1c"
    "Rt9Cv5EsamzzZe3jyrG48cjXVNysjk7db3SqVs9rc1OTcNZm0+3iq03/28dYZwzY92KtMw"
    "bojAE6Y4DOGPDj94Q26qhSHVV6INDrqNImM0JHdKR3Wx3RoSM6Ggb1ViI69hsTXbeVe9Ox"
    "doHBwMrFt8h8nEHcJJB3bEeOGGAqTPMEVZPw3+AkjxuyKsCbRaox1gXCq0DdJC+jlZW2Kp"
    "vjlLths64QvmaBGx3Ko0N5aujO9Gwoz368mb4INd3/+djj0hUl5dEUu94u8mpSqW/+VF1L"
    "ejb9KjxwsKx0u3T8lkVxhZNPmMFf3gvBEoD8maqum/QMD24q3chdNKG+l3Zi2t6thL9S94"
    "l4CyRWf/QXdIM7WHjBBCnQwRjMN0UB4ID6SJQPEIZz6b2u6gqIZ6E+FzdRflHwvSyY8kYS"
    "fkviEaGzmji5Wf1jWfqDuwXSycpUrwxu6QrBkf7VXIu0G/xmD1b5HkdxllaRYeKUWlSttR"
    "Czc0ecujFTOykcupPC0r+5/FaxJGmSlmLHmjiZ0roi7isaDfzawD+j6y/Cv9Hq/h2zoUSm"
    "1MIlaGPJUjU7pGBZlMiziBENzuW5YxZohZhWiGmFWGmFWMc0CWOyGGMrQx8WvdwuUodh2T"
    "Gyi5SJ85sRj1EXO0hRq/QIaEw9pDqyC0RdZyED6/o/d96cnJ3LUpBklpFf4fuHqxSqpoPR"
    "9huMJv9WADrs38AV/rjUgfa44EB7nD7QqtTXE8wy0lDkoxynaty0Pj8tAfT5aS7O4lIi5a"
    "FJZ1k+x6Iab0485ZIiqdW0TY7+ixybHaK0WACswCKmykw5uiZ9WttxHaUYIOXoqr0gXoJq"
    "mXyb2TDcGmyOU26AzTVzCG0Slx3MuAGi2Tqfc5JWc7rOnNbHe32818f70sd7+CpcqYZLne"
    "yDK+2iQ70p+5Q8zvfpFI7NgKVyI5nAsMBqS/iVzFfOKIjOXdaGx5yOiAdXxx6douOlOwhG"
    "D3h2gYa2xVQOmzBdTmS49NF/t7d+zg9F3UBnWqyTfrhAj6C4VYkDKxqtqF9bUf8Ib5u9jT"
    "+ftiKkrfN+3lJOcAz1u/1+7+7WgP329lNdSs7BKldF6RB01xqHF6Nx0A75+oCiDyj1B/vA"
    "DygqrWte0vfi44nMFVbydCK4K9zLKWITIdw/kgW7QP+mthDspWM8dhGMYD9JPwxkwu3SB4"
    "21R3netKjtiS/ZnlgjqLdiTVx9E4b4JqoAnUHavHwMmzcsJmAzxtSxSKWlJH+EjeBfoym/"
    "efRlKQZnERSQ/tOnHFdTMeQM0KAi1Lv2lD2o01ddDsKHd/yaWWuyOU6p2Vw7NqeOgHs8sd"
    "wQqQHOO7cEl58/vRhT2bO0x2QQzztzsElEjG5QRirLG7Ko67PFomJujtoBso4HFr2hNXal"
    "23sS9boxVBdEPkiIC5S2uixUObXt82WhkvNYq8IPVBXeBx71MqNwgiuF4iSDPoZdNvbmzi"
    "VIULwRgqFrhaWiRNaXMfLIGDawSVitVPrUiOzitusTUX0UvcZhbA2e2s7ih7T4ueHxRc6Z"
    "Wxo02gwxDlNalN6KjyUuYXTTuUT0iXjyph6dgxBsW/IpQARWMxpQaCNGwx4qLIipBDS2qZ"
    "Lk2Oyra/qeJwqsouHKG1gmsZHvoy7GHwFuRlyrDQSupXqLruo9XjEdZlTHbapIyl5NmDTc"
    "ucq7OFGTfIQ2l+iT8jVPL3FKfXqp9emlRuEXms1bZLPa7CrzeEWmnZrqzF+PPIFws9ZqHa"
    "PUsTV15rKu/ZGWMHXtjx1J8tuo/aFV5C9i3dLaW+1yq/WMFXJg5+W+fj7ndQVTtcrG84qJ"
    "bDzUF0q0gdCESScypL5Ehibwrwq0m/pM5J5GismyjQglnkjWY2KW4Yy7+VsINeNQBT0acs"
    "BhEC2oFH5hMm0VFXmBXKqCDkc+RwEZO/KIST1riOaezaU2U/v/1mZFaxco+gRzq/oAR2ka"
    "uI2clRHJzvIlsrOUQBYCtoY3agZp42b5cSnEjwsgP05jTqbYrpT7eUnQwCl9clbG1Rd65e"
    "d+Pks5+0rA1pjSSbrGzeetHOpmmLE5bLGVc5OlCBs4v7cSvOHa5mPl8JgITfO0FZvfGfET"
    "CCae4XuVluo4VfNw3lad+xngVGk6LwmaiHEphAvwTZXcpU4OuM9ndghp67w2t770u/eIeq"
    "hzddO7TZ5L9+PBCHByPyOlQznUV9S1xr1zOej90hXIX/X6nY/XdUmmEbyAESQgrrKwZJA2"
    "b4nZilSilfu56DdKua8Dul4Cm2UWToc+2O66KTyjxNrPoM681sHRtQuOjtg8qrEiSbk7Z9"
    "e3SQ68PQTUaxLE+gvx7LFtSh/lS5FVI8MemOrTLrINPkV6y3wRpQ2FzP72xrIfbC7T5bSR"
    "UM8Rq41GMKdkDk+M5NoeuPDPfA8WpEx74HeMVMYpX+0wEX2tohc/IyKldtnfsyUvyaaygK"
    "fYW+OjcK0U8qvPYB3dQ4S8zoi37rufev1B976NPnf6/V/v7q+M+y50FuqI7k2ndx0k+KyH"
    "SkJm7KlqIYkR1ZkZa07/LWRZ4lzUM89QvOVKTFESHRqkM/VUgbpJp8DDCg3SkSNrxhTAq/"
    "nT9b7mOKnW6dSNzzU5y3bg5GlOWhkn2OBKu7Bw5arPc2fVfMZu2L3zpZR++E6RIf8I+EQ8"
    "lhmynS/7RkgaKPmenJWJY4JeBX5vqUgm8VFVQDjo3kB0t2PfpC7PDBLLr9IQIdGVGipWat"
    "jrZvb3/wOj3Ybf"
)
