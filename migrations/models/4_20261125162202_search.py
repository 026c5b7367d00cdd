"""What is searched of messages, and its index; servers put in the messages that are there: chats/search_backfill.py."""

from tortoise import BaseDBAsyncClient

UPGRADE = {
    "sqlite": """
CREATE TABLE IF NOT EXISTS "search_texts" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "folded" TEXT NOT NULL,
    "message_id" VARCHAR(32) NOT NULL REFERENCES "messages" ("id") ON DELETE CASCADE,
    "user_id" VARCHAR(32) NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_search_text_message_5ce19a" UNIQUE ("message_id")
) /* What of a settled message is searched: `folded` is its owner's mark and the form of its text. */;
CREATE INDEX IF NOT EXISTS "idx_search_text_user_id_29f174" ON "search_texts" ("user_id", "id");
CREATE VIRTUAL TABLE "search_index" USING fts5 (
    "folded", content='search_texts', content_rowid='id', tokenize='trigram case_sensitive 1', detail='none', columnsize=0
);
CREATE TRIGGER "search_index_insert" AFTER INSERT ON "search_texts" BEGIN
    INSERT INTO "search_index" (rowid, "folded") VALUES (new.id, new."folded");
END;
CREATE TRIGGER "search_index_delete" AFTER DELETE ON "search_texts" BEGIN
    INSERT INTO "search_index" ("search_index", rowid, "folded") VALUES ('delete', old.id, old."folded");
END;
CREATE TRIGGER "search_index_update" AFTER UPDATE ON "search_texts" BEGIN
    INSERT INTO "search_index" ("search_index", rowid, "folded") VALUES ('delete', old.id, old."folded");
    INSERT INTO "search_index" (rowid, "folded") VALUES (new.id, new."folded");
END;
INSERT INTO "search_index" ("search_index") VALUES ('rebuild');
""",
    "postgres": """
CREATE TABLE IF NOT EXISTS "search_texts" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "folded" TEXT NOT NULL,
    "message_id" VARCHAR(32) NOT NULL REFERENCES "messages" ("id") ON DELETE CASCADE,
    "user_id" VARCHAR(32) NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_search_text_message_5ce19a" UNIQUE ("message_id")
);
CREATE INDEX IF NOT EXISTS "idx_search_text_user_id_29f174" ON "search_texts" ("user_id", "id");
DO $do$ BEGIN
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
    CREATE INDEX "search_index" ON "search_texts" USING GIN ("folded" gin_trgm_ops);
EXCEPTION WHEN insufficient_privilege OR undefined_file OR feature_not_supported OR undefined_object THEN
    RAISE WARNING 'no index on search_texts: %', SQLERRM;
END $do$;
COMMENT ON TABLE "search_texts" IS 'What of a settled message is searched: `folded` is its owner''s mark and the form of its text.';
""",
}


async def upgrade(db: BaseDBAsyncClient) -> str:
    return UPGRADE[db.capabilities.dialect]


async def downgrade(db: BaseDBAsyncClient) -> str:
    return ""  # aerich asks for it; the way back is a backup


MODELS_STATE = (
    "eJztXe132ji6/1d0+NKZc2i2oUnaO/lEE6bDnbx0A+3s7nSPUWwB2hiJsUQoO3f+96tHts"
    "GvxKZAjKNPIbIe2f49svS868/GhDvEFUcXYyx7RAjKWeMn9GeD4QlRP7IuN1EDT6eri9Ag"
    "8b2r+wu/k27E90J62JaqfYhdQVSTQ4Tt0an0b9NoI5uzR+IJDC1HaDAm2LGoM0BUIDkmyM"
    "VCookaE48I4kPdJohLbEkcdO9hZo/PEZXIHmM2IgJx5i7QjDnEQxi53H4IiTw+P4Jncrit"
    "Hoqy0fPcfsboHzNiST4iqtlTD/H7v1UzVSTfiIB/f2/MBPHUQ2gEbUkfiYUl/KOaVN/fGw"
    "9kAZf/DYTTB2tIievEeObT6nZLLqa6TTHQ+1n3BBDuLZu7swlb9Z4u5JizZXeFEbSOCCMe"
    "Vi8bYSGbuW7A7bDJfyvVIL0ZWb6Os2pwyBDPXJgIQO0/waqtYVk3t32r1+lbViM1SUKKCO"
    "OCJsU8mGCUSaHff4K/WS5hIzlW/75t/eXfZ4WD3wtu+KV9d/FL++6Ht60f4YZczVJ/+t4E"
    "V1r60l96CCyxP4jmzwpmSaUiKoH0kmA7YIcNK7RXX9ne4W69eVMAb9UrF3B9DRBfITxVny"
    "ZnuAzGEZKNUA4mbDVBPi4E8vEakI/TIOtFvAzES4L6AbyTWSwkljORjXCHzSYa5a56KrWd"
    "kBTaK+oqrxqN9kW/+6WDuIc6N5edy+RWu88VO7J+UMZIxmb4gXOXYJazgiyJEoDfK6rqIF"
    "54hq8B9cPt7RWMPBHiD1c3dPsJdD9ff+ioJUWDrjpRqZu7N/0E1IHkVGYdiZDUbyXZ/mQO"
    "xFAF4IzJNM5dJnOW6yRdAmzqtx7YrFbPq/68bh2fvDt5//bs5L3qoh902fJuDQPS8xckfS"
    "uECmfge6mwkXRCskHOIE/A7AT0R+GPw5vhawDtd687vX77+lNsObls9ztwpaVbF4nWH84S"
    "s385CPqt2/8Fwb/oX7c3HY0mF3Lk6Tuu+vX/1YBnwjPJLcbnFnaimITNYVOM3zHNqgynY4"
    "Rb4HHVPqw6Mdn2CAC/AZfjlIbNlWbzbOpsyOY4pWFzpdkc2L1KSJgrCiNgPi1gRuyORQGO"
    "kFRZO31WiMFMO3zItCACfGm4f+YeoSP2K1mkLAMJkAPj/OdgmAMD+69wNoWtq0/Ow/OlXT"
    "s6ydS7qzcmvhJ60e5dtC87jeQisQVEf/VHOaz1oSieq1UxBqe6Pbr5fHXV0DP2HtsPc+w5"
    "VmzqwhXe4omWZd/0pUlrkmzBTOlITvAW8MwB5te+9tTI8D6Fl5rrPE+B9lXY88TUEOCewS"
    "jwWb0SCi6i28KxslxGhei+sq9swD2HeEtfkkOmcoyGHp+g43M0oMIKPUkDNMHeg9+LM4Km"
    "WHWUYywDf5O+CxJjPhdH6LcxdYm6uUem7gLG7vXvOu3r7s1HRKX4yuYelcSDC4M59x70pz"
    "NoovmY2mM0mQmpKBmZo4FLsCDWjEnqDhBmDhKST8GFZRM0gN+WR9S8Fr58pF9DEKmeXJJv"
    "UlOoV1RisuBMYTOAZ2UIe2TlOBMMT9VTyyM0wFJiezwhaqoO0Jir+aC7TbEnhf+qQMm4em"
    "U1emFXWYBNMJ0jkPpLsoLfd5mp+6hbW0kPGvxe2VcjgBjn2nM713zmpZDOtXIt+xvrVoZ1"
    "K/FllLCGJyiNSby4Sdzjee7hp70+IW2VperG517nronavV5XqXY3fXD+9P7Z63euq+H9gZ"
    "0kjX9ftea454P+VcZ8K4p/5x/92BQPQfzhuv2PH2N6/9XtzcewewT0i6vbDwmwIxt8GvP/"
    "7d3e5FhT42RJCwy1Jfo/5FJxiIv4GhYAIOtZkES7GbenwABJFixlsTKTPkZUByvJvif+i/"
    "DuL3WMJrq4vf501el3LptK87j99Al+/NzuXnUuYf1Xu2Dn7u7zp35VQgCGlFExtvxpvimX"
    "UoNU+ENpzMcLrVtpFRkRNbhTDVYQz+OeQtUpFTQXp6ow8JWx4/qITVY2k6J7QYqwDmjvez"
    "8w4XS7Dgr1+GQqLckfCMvYd3MtBCm6jSwFVcN7y4YCW2HkEniK8gBn0hqQ0yBLLrFbHt8k"
    "mYE2De1MB2AJPvPsjW0vyTEqvC43Pt3dfuledu504G2v371uV0byXnofymyGMaIKA7/hhn"
    "h2UgDls5NclOFSIm4x4rRI4fxEzGKc1MQrVjn4JeWQK8vtzAEMz6vMcxO++CLY7FuXNuJz"
    "gtR8zlXms4lf3HG21zLIowTEMSKD8tMox0NuisIcp6qyr6OqsaJiVX3hO4MbE7UcDgz2ol"
    "GO8Rn3dOCovxBsAd5IsOJhrRxFkY0tmSYit74RuT2CPXsM/qJGRlBu5GpzfUUY6GdBdE3B"
    "2NzfIB40iLCV0iXOsgSLjkGF4YjzExoMuesQv1gLlQLxuZobr4QOptUBreAFHXJvAmNBh2"
    "VoaSyid6d3gzjgNtJYhO2KsInuiY1nYhnHq8bx+ByGhvBdCYG0IzVf9Lj+L22mgVIzYyzC"
    "B23q64pQwNi9v19RSdADIdOvTD0M9RQ/J/fEC8rS3C9Ud6QmIRkRT3Vb5EXZ/r5MGQ6rzO"
    "SVp/FjaP9srOZTw0cJmhvk29QLqwEFU221mek5ocfVkyX42HufP/T6d92bjw1Nr+YJtPrz"
    "v3A07gc6yrWhZ8ofGZbz4Cutbjiubzf/n1br7dt3rTdvz96fnrx7d/r+zdKAnr60zpL+of"
    "sRjOkx4SS0rucH6QbMTnEg38W8oqiFDLh35/LqwywhfMepagG8yYU7SIhNLtw+c+FyQ4B2"
    "qNMcKrDxNTIb2+eSwplz4WI6yRbCw4tPyODMsWzoVzQ9TkmKDplMuZJF7QVIi6GIzJQsPB"
    "9zkFsJliALIyU6+ulcQ+oJqaRMMSdeE82pHKt/OMiVaIoXLsdKmoWSi0OX2hmS+L5uminz"
    "xsTa5UNYoL3myMBRKRkyybQkbyozViB5LMnAUpinSGu4m+8mMM//2iyloY7LmeDjdDXEe/"
    "txH4flG97nYlMnl+FySynxOUVpavgpGV3vUCHezHiRQWogN+p1BdTr6Mw0OnZRdIso2qkt"
    "0MBbAN7oxl8lA8Yl5xPi3N7/h9iZjsTY9eY6M4aje1pcdy1uyfD7+2VmGEdDKKDDCHEEwm"
    "yBJmom/YQ8MuGPxEGqy4CRb9KS3gLK3vg+NsUgEvfE6cHEzLZhnExTxu7vGjgXPToCj54S"
    "K4UuHzTkHiLYHvu31CRUIH86OEElIPKoKGwsbOwQ5HACJpVzJAj8Y4u/OcSm2nH3tzdvjl"
    "uv9WNi92jiHKGu/MqAgQJeCr5o/ajqdxBwsSw1hBfonqARPNG9zkhlBcv6GGdfJZ19/nwu"
    "a0+JU9XOlrUTQwqWkkymWYU0cqd6lMRUQMpIDIusrmUNJglSYzGpmsUkpfY8j5zzM9Wvm5"
    "JvdPtauQY26sJ1C/WuHq0/CHuyUHusVHtyWH8vED4Gq+V3gJQUoesJSiV6NOGnR/xqf1QL"
    "CHed9uU/swoe7vaGulKioP8llh5Qx1fNQWaZY5CUGJ8pCgeECjck/NS5udS1SEDy0McaCC"
    "Q5MND3CIFU8kqgP2ZcYr/goq5NyNm5ege/VslXBnIJxFIpySV49sho4D9S73+EBuTblKrp"
    "GVZAhOGJ6qfhCJ4DhK6joCxiQvpxORs1gc4lQyU38ZmONNOvpwSwe9UO7qn7GYiJXATCml"
    "C0gm9aAzFwRkU02aDGjPFKPbNXSv8tAXTYv4bmrtbpaRGx6fQ0X2yCa4m6J98kYdkx8mvK"
    "y0SJaoj08VkBoI+TO3bkwLCz9Dk0DsU+RiVwjlPVEejWOoF0iXTrXT7UcC2RbLPcF8tpvn"
    "G6OikEe1GCIwwY49bpWZmJvqKoXzbZ9t3YL6J63lJe1RIvlOrwhdCkrP08vrkhpu7MK1Uo"
    "LEJSh0m+7yju6ljSKrW67MSWRoU19bitdKRNSl/HSE3t6+K1rw8rPKkqDDgIa1tc5QqtI2"
    "XZHKfcS+EKY1LdjMl7raP+wkUDU13BBP0dMsQmAm2fEWimJsj2a4I8j+8QyltkuA6Dqhf5"
    "nkOlDRZ2HCrJ2iFMUuzqECFwgN1OCWt3X0PlXiwpFCkgzJlyhaD2hukbnqOBIIpWWoJgN6"
    "iA0O70XrdOz15/vLhuons+g2glrr1j1MnyIe7t3n5MFKSO+ZlgaOTx2VSXclALOzgSqT5c"
    "jfgXoIAD0UUSzpeuQ98DydEEYqNosZQxzbd0npi+h0kJM863Ku30x4XsLMdr7CzHaTtL7D"
    "Mtoy2kCGuB+P71Bo3imGaVsFqnOMTIagF9fLIX8VjkOyxS/oo9n+5QbWx3YrC910WpvVIg"
    "R2lqifPJ+0JAn7xfgzRcTBXMVL+kEn7SYOcf2RanMie2fceJbcZKvtEGemgG1NnU2ZDNcU"
    "rD5kqzGc68tpROuAmjk7SmkneVOb1U60vIKFGaOnhGjIH+ICE2Bvp9Guj1R78FTD+G4xzW"
    "GlEU0+jaWCWrfNuG6J8+nLjWyLDORy8311npse4YObqtiLl+qjQszrCLfGqkqbX13O8ozv"
    "26vlBTuPdLG0ziYLl+INOs0mrfPVyRVJTw2zDWbmPtrsq2uRNrt/54Shc6i1PVblrvIDrc"
    "5tOs1Id849SKwhimjGHK6LE1Ct80XN6Qy8Yu9VI4bWwmxmZSRf3+SZvJ86j36qtgOqs0pd"
    "kHV5rrlHpb9ymozvf4hOiSEn6Jh7EaVrFaB67pahDYjzzjcyaayD+2R13VtSuOdcgalI7A"
    "aISn52hAHTHQhTc0KY0Nl1b993vrJwPl9A1SoXKm5lcla34F3CrFgRWNyTsvyYjIoXnqbb"
    "O38aezokPaKu/nDTGzxwgL1Ov0et3bG0vttzcfq5ISrVa5MkaHoLuxOLwYi4NJJTQKilFQ"
    "qg/2gSsovts3Qz9Z+oPz1RPtUy2onQB3/ZwXnSQD6TPiHP2HUxYmzGCG1Aj0EQMJstXt0o"
    "rGxqNsuSSw8SfWzJ9YIah34k1cfRMWfBNlgM4grV9w2fYdiwnYrLyDbAsDb33nwbZJ/Cs0"
    "5beP/oQzOXYXfjyMpcu0ljMx5Aywkb2hajP/WcwNh6V9VUURPjz1yyQi1JXNKRXwGTWWa5"
    "1R38jTW4LLT2svVpCaX0yJaYd1v6cuhhrjLEz+z4qGXNc104URDVGNhTmaAMgqKixmQ6vt"
    "SvfsiThVY6jJxDlIiNcYbfedNlI1uLeXN5Kcx8YUfqCm8J7iUTczCye4slacFKqPRYvm3t"
    "wygoDiNQiGUF1qTJA9hlP4+BB5ZKg2sLGfPyP8mBoFqqRspk/RQz/gMLcGT6i7+DEtfm55"
    "fCh5dcODRih0BeftOD8pmTY2FlzC6Lp9gTgc/gc39fhcCcHU0U+hRGB/RutD/AQPe/hpQQ"
    "IvRHC2DRTvouIrs2eeR5jMPiQnuBh/BHUzwpymImCO3xu6+u/xSpg0oypuU+uk7NWEScOd"
    "a7yLE9UpRmhrh9V5XG6ovcQpjfZSae2lQukXhs07ZLO/2ZXm8YrMBDVVmb8eeVTCzUardY"
    "zS5NZUmcu2S5U8a9EMvTxfsowR1c8xf1LkFL+T/EP8TlJn+GnRXmmA5cpYxqnqh/PbQlEn"
    "b9dEnbxNR50YE/mLWLeM9daE3Bo7Y2E7o0Y9w8oYciPfxggvVLK4zysB1XjgyOkj1AdLmA"
    "4iQ/6XKNBY/esn2k1mQsJ50j6TdRsBIx4U67GxyAjG3f4t9EHdftKjpQccBNmCsUO3g6zI"
    "8/AIbX24dUAmjjxic88ZoLlHpbZmmvjfyqxozTWGPmBu2RjgKE0Nt5HTIiLZab5EdpoSyE"
    "LANohGzSCt3Sw/LoT48RrIj9OYkwmmpUqNLwlqOKVbp0VCfVWvNaeyp4J9NWAbTOkkXe3m"
    "806UuikWYq622NK1yVKENZzfO0neYNR+KJ0eE6Gpn7Vi+zsjflSCiVf2VIg4Vf1w3tmxEA"
    "qnUtN5SVBHjAshvAbfJLoed3PAfbqyQ0hb5bW58bnXuYMz7tuX192bpF76PBGMCk45yyjp"
    "UAz1FXWlcW9f9LtfOoD8ZbfX/nBVlWIawQtYQQHiMgtLBmn9lpidSCXGuJ+Lfq2M+yah6y"
    "WwWVfhdPmIsk1LeEaJTZxBlXkdtbCnWb0uKzpJub/QyjdJvr75js1xbwnQFUmZ/EI8OqS2"
    "joi9gBoOGd6nVJ/mOk/UY6S3rk5Q2C0l6LfXDh1RqYuzNBEYg4gTOWUZI72SBAHj05mnpn"
    "+m9+k7RioSAu6vZxHroE8PPyMCjAkQf2a/UZJNRQFPsbfCilelzL+rz2ATTTdCXmXEG3ed"
    "j91ev3PXRJ/avd5vt3eX1l1HdQblt3Pd7l4F5SSroQDr+jBl7fExoiozY8Ppv4OaPlKSyV"
    "RmmHlyJaYoiUlEMXVhykBdJ53jsBJRTJ7ChpqlerXZZLOvOU5qLAhV43NFdNm20jztcSND"
    "gw2uNNcek7jq85Sums/YLQcTvpSDBr5TZMhXAR+JJzIThPNl3whJDSXf1mmRrBnVa02UVS"
    "pvBj6qEggH3WuI7m68aZzJzJSk/DMBIiTmXICS5wI862b21/8DTY2aiw=="
)
