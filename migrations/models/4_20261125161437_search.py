"""What is searched of messages, with an index on it; the messages that are there are put into both."""

from tortoise import BaseDBAsyncClient

from gql_chat.chats.search_texts import searched_form
from gql_chat.infra.db import execute, fetch_all

TABLES = {
    "sqlite": """
CREATE TABLE IF NOT EXISTS "search_texts" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "folded" TEXT NOT NULL,
    "message_id" VARCHAR(32) NOT NULL REFERENCES "messages" ("id") ON DELETE CASCADE,
    "user_id" VARCHAR(32) NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_search_text_message_5ce19a" UNIQUE ("message_id")
) /* What of a settled message is searched: `folded` is its owner's mark and the form of its text. */;
CREATE INDEX IF NOT EXISTS "idx_search_text_user_id_29f174" ON "search_texts" ("user_id", "id");
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
COMMENT ON TABLE "search_texts" IS 'What of a settled message is searched: `folded` is its owner''s mark and the form of its text.';
""",
}

# Made when the rows are there, which is faster than row by row.
INDEXES = {
    "sqlite": """
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
DO $do$ BEGIN
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
    CREATE INDEX "search_index" ON "search_texts" USING GIN ("folded" gin_trgm_ops);
EXCEPTION WHEN insufficient_privilege OR undefined_file OR feature_not_supported OR undefined_object THEN
    RAISE WARNING 'no index on search_texts: %', SQLERRM;
END $do$;
""",
}

SELECT_SETTLED = """
SELECT messages.id, messages.text, sessions.user_id FROM messages JOIN sessions ON sessions.id = messages.session_id
WHERE messages.id > $1 AND messages.status <> 'STREAMING' ORDER BY messages.id LIMIT 500
"""
INSERT = "INSERT INTO search_texts (user_id, message_id, folded) VALUES ($1, $2, $3)"


async def upgrade(db: BaseDBAsyncClient) -> str:
    await db.execute_script(TABLES[db.capabilities.dialect])
    # In Python, and as this version of the program does it: no database folds text so, and what is searched for is
    # folded by the same function.
    last = ""
    while rows := await fetch_all(SELECT_SETTLED, last):
        for row in rows:
            await execute(INSERT, row["user_id"], row["id"], searched_form(row["user_id"], row["text"]))
        last = rows[-1]["id"]
    return INDEXES[db.capabilities.dialect]


async def downgrade(db: BaseDBAsyncClient) -> str:
    return ""  # aerich asks for it; the way back is a backup


MODELS_STATE = (
    "eJztXVtz27gV/isYvWR3RvHEtyRdPym2NqvWl9RSsm03HQomYYs1BWgJyIq73f/ec0BS4l"
    "UmFUmmaDxZBnFA8jsgcO74ozUWDvPk3umIqj6T0hW89RP5o8XpmMGPvMtt0qKTyeIiNih6"
    "4+n+MuikG+mNVD61FbTfUk8yaHKYtH13ooLbtDrEFvyB+ZJiyx4Zjhh1LNcZElcSNWLEo1"
    "KRMYxJ7xgRt7pNMo/ZijnkxqfcHp0QVxF7RPkdk0Rw75FMucN8Qokn7PuIyBezPXwmR9jw"
    "UC6/e57bT7n7+5RZStwxaPbhIX77NzS7QPKNSfz3t9ZUMh8eQiNoK/eBWVThP9AEfX9r3b"
    "NHvPxvJJzcW7cu85wEzwJa3W6px4luAwb6P+ueCMKNZQtvOuaL3pNHNRJ83h0wwtY7xplP"
    "4WVjLORTzwu5HTUFbwUNyp+y+es4iwaH3dKphxMBqYMnWLS1LOvyamD1uwPLamUmSUQRY1"
    "zYBMzDCeZyJfX7j+k3y2P8To3g38ODP4P7LHAIeuENv3SuT3/pXP9wePAj3lDALA2m72V4"
    "5UBf+lMPQRUNBtH8WcCsXAVEFZCeE6wH7KhhgfbiK9s63Adv3pTAG3oVAq6vIeILhCfwaQ"
    "pOq2AcI1kJ5XDC1hPk/VIg7y8BeT8Lsl7Eq0A8J2gewBuZxVJRNZX5CHf5dKxR7sFTwXbC"
    "MmgvqOu8arQ6p4Pely4RPulennXP0lvtNlfs2Prhcs5yNsMPQniM8oIVZE6UAvwGqOqDeO"
    "kZvgTUD1dX5zjyWMrfPd3QG6TQ/XzxoQtLigYdOrlKN/cuBymoQ8mpyjoSI2neSrL+yRyK"
    "oQDglKsszj2uCpbrNF0KbDdo3bFZDc8Lf14f7B+9O3p/+PboPXTRDzpvebeEAdn5i5K+FU"
    "FFc/A9A2yUO2b5IOeQp2B2Qvq96MfuzfAlgA56F93+oHPxKbGcnHUGXbxyoFsfU60/vE3N"
    "/vkg5Nfe4BeC/5J/XV12NZpCqjtf33HRb/CvFj4TnSphcTGzqBPHJGqOmhL8TmhWVTidIF"
    "wDj+v2YTWJybbPEPgVuJykNGyuNZunE2dFNicpDZtrzebQ7lVBwlxQGAHzaQEzZncsC3CM"
    "pM7a6bNCjGba2/tcCyLCl4X7Z+Ez947/jT1mLAMpkEPj/OdwmB0D+89oNkWti0/Op7O5XT"
    "s+yeDd4Y1ZoISedvqnnbNuK71IrAHRvwWj7Nb6UBbPxaqYgBNuTy4/n5+39Iy9ofb9jPqO"
    "lZi6eEUciFTLvG/20vhgnG6hHHQkJ3wLfOYQ84tAe2rleJ+iS+1lnqdQ+yrteeIwBLpnKA"
    "l9Vq8kwMV0WzRWnsuoFN1X/pUPhe8wf+5LcthEjcitL8Zk/4QMXWlFnqQhGVP/PuglOCMT"
    "Ch3ViKrQ36TvQuRIzOQe+XXkegxu7rOJ94hj9wfX3c5F7/IjcZX8yme+q5iPF4Yz4d/rT2"
    "fYJrORa4/IeCoVUHI2I0OPUcmsKVeuNySUO0QqMUEXls3IEH9bPoN5LQP5SL+GZAqeXLFv"
    "SlPAK4KYLAUHbIb4rJxQny0cZ5LTCTy12iNDqhS1R2MGU3VIRgLmg+42ob6SwasiJRfwyj"
    "B6aVdZiE04nWOQBksywB+4zOA+cGsr7UHD3wv7agwQ41x7budawLwM0oVWrnl/Y93KsW6l"
    "vowK1vAUpTGJlzeJ+6LIPfy01yeirbNU3frc7163Saff74FqdzlA50//n/1B96Ie3h/cSb"
    "L4D6C1wD0f9q8z5mtR/Lv/GCSmeATiDxedf/yY0PvPry4/Rt1joJ+eX31IgR3b4LOY/7V/"
    "dVlgTU2SpS0wrq3I/4jnyl1cxJewAAFZzoI02u2kPQUHSLNgLotVmfQJoiZYSbY98V+Ed3"
    "+uY7TJ6dXFp/PuoHvWBs3j6tMn/PFzp3fePcP1H3bB7vX150+DuoQA3LrclSMrmOarcikz"
    "SI0/lNZs9Kh1K60iEwaDO/VgBfN94QOqTqWguSRVjYGvjR03QGy8sJmU3QsyhE1Ae9v7gQ"
    "mn23RQqC/GE2Upcc94zr5baCHI0K1kKagb3ms2FNiAkcfwKaoDnEtrQM6CrISiXnV802QG"
    "2iy0Ux2AJcXUt1e2vaTHqPG63Pp0ffWld9a91oG3/UHvolMbyXvufaiyGSaIagz8ihvi26"
    "MSKL89KkQZL6XiFmNOiwzOT8QsJklNvGKdg18yDrmq3M4dwPC8zjw34Ysvgs2BdWklPqdI"
    "zedcZz6b+MUNZ3vNgzwqQJwgMig/jXIy5KYszEmqOvs66horKhfVF74zuDFVy2HHYC8b5Z"
    "iccU8HjgYLwRrgjQUr7tbKURbZxJJpInKbG5HbZ9S3R+gvauUE5cautpdXhMF+FkbXlIzN"
    "/RXjQcMIW6U85sxLsOgYVByOOT+R4a3wHBYUa3GVJGIGc+OV1MG0OqAVvaC3wh/jWNhhHl"
    "qaiOjd6N0wDrhDNBZROxC2yQ2z6VTO43hhHF/McGgM31UYSHsH80WPG/zSZhosNTOiMnrQ"
    "tr4OhBLH7v/93FWM3DM2+crhYVwf+Dm+YX5YlubmEboTmITsjvnQ7bEoyva3ecpwVGWmqD"
    "xNEEP7R2sxn1oBStjcYt8mflQNKJxqi81Mzwk9rp4s4cfe//yhP7juXX5saXqYJ9gazP/S"
    "0bgf3LtCG3qu/JFjOQ+/0vqG4wZ2878cHBwevjt4c/j2/fHRu3fH79/MDejZS8ss6R96H9"
    "GYnhBOIut6cZBuyOwMB4pdzAuKRsiAW3cuLz7MCsJ3kqoRwJtcuJ2E2OTCbTMXrjAEaIM6"
    "za4Cm1wj87F9LimcO6cedcf5Qnh08QkZnDuWjf3KpseBpOiw8USALGo/orQYicgcZOHZSK"
    "DcyqhCWZiA6Bikc926vlQgZcoZ89tk5qoR/CNQriQT+ugJCtIslly89Vw7RxLf1k1zZd6E"
    "WDt/CAu11wIZOC4lYyaZluRNZcYaJI+lGVgJ8wxpA3fzzQTmBV+bBRrqqJoJPknXQLzXH/"
    "exW77hbS42TXIZzreUCp9TnKaBn5LR9XYV4tWMFzmkBnKjXtdAvY7PTKNjl0W3jKKd2QIN"
    "vCXgjW/8dTJgnAkxZs7VzX+YnetITFxvLzNjOLqnJXTX8paMoH9QZoYL7WnjjDmSUP5Ixj"
    "CRTojPxuKBOUF5Hl11R0E7AYIhZ9+UpfxHLILTznjk9KByats4YK5JY3t3R2djD24C8Eq8"
    "FX5vmgR+h+EQ80JA9JHcMHKH5YZudL4oL1l0x7jiaumKC2ZZVWtHkqpxlqaNmDmoUmw8yS"
    "tzUTjV4ySmPlFO2lZslatqzkiRGntG3ewZGaXkeaSQn139uhnpQ7cvlTpuoUfpqoLYOVEd"
    "cI/0lIQ9VsGeHFXHC0WC4WL5HRLY0+c7fxt/+iyoxecqjAu67nbO/plXjnCzN9R1DKX7X2"
    "bpAXX00wyFjhlFAYaLKVA4KFR4EeGn7uWZrhSCkoc+dEASJZCBgb8GpZJXkvw+FYrOJR4Q"
    "k/gJvENQSeQrR7kEI51AcgmfPTYaenfg/ffIkH2buDA9o/qEODyDfhqO8DmwouJeWLQwJf"
    "14gt+1kc5jtwruOdVxYPr1Hph/A+3oPLqZovAmJAulLaCVYtUKhaGrKKZnhhVgjM/omX1G"
    "+m8FoKP+DTRGHRwflxGbjo+LxSa8lqpK8k0xnh/BvqT4S5yogUjvvy0B9H56x44d5/U2e0"
    "qM49IAowo4J6maCPTBMoF0jvTBu2Ko8VoqFWa+L1bTfJN0TVIItqIExxgwogfHb6tM9AVF"
    "83K91u9kfhG17ebyqpZ4sZBGIISmZe3n8ZzdUteb+pXKeMVImjDJtx1jXR9LWq1Wl43Y0l"
    "xpTXxhg460SmHqBKmpTF2+MvVuBQ/VhQE7YW1LqlyRdaQqm5OUWykrYUyqqzF5q1XOX7ho"
    "YGofmJC8XYbYxIdtMz7MVOxYf8WO5/EdYvGJHNdhWJOi2HMI2mBpxyFI1g7jyqUeVhHQ54"
    "BdTRjv9F5jXV2qXCwhwLgzEYCg9obpG56QoWRAqyzJqBfWJ+h0+68Pjt++/nh60SY3YorV"
    "CYT2jrlOng9xa/cOyiFgYleQp0XufDGd6EILsLCjI9HVR5+x4AKWV2C6hMHJ3HUYeCAFGV"
    "MHPY6lEro037JZXPoeJmHLON/qtNPvl7Kz7C+xs+xn7SyJz7SKtpAhbATi29cbNIojN6/A"
    "1DLFIUHWCOiTk72Mx6LYYZHxV2z57IV6Y7sRg+2NLhntVwI5TtNInI/elwL66P0SpPFipp"
    "wl/FIg/GTBLj5QLUllzlP7jvPUjJV8pQ101wyo04mzIpuTlIbNtWYznkhtgU64CqPTtKbO"
    "dp05PVfrK8gocZomeEaMgX4nITYG+m0a6PVHvwZMP0bj7NYaURbT+NpYJ6t8x8bonwGeh9"
    "bKsc7HL7eXWemp7hg7WK2MuX4CGpbg1CMBNdHU2noedJQnQdVdrPjb/6WDJnG0XN+zSV7h"
    "s+8erkwqSvRtGGu3sXbXZdvciLVbfzyVy5AlqRo3rTcQHW6LSV7qQ7FxakFhDFPGMGX02A"
    "aFbxour8hlY5d6KZw2NhNjM6mjfv+kzeR51Hv4KrjOKs1o9uGV9jKl3tZ9SqrzfTFmuqRE"
    "UOJhBMMCq3Xgmq4GQYPIMzHjsk2CQ3Wial37OmQNS0dQckcnJ2ToOnKoC29oUjcxXFb13+"
    "6tnwyU0zfIhMqZml+1rPkVcqsSBxY0Ju+8IiNiR9rB2+Zv409nRUe0dd7PW3JqjwiVpN/t"
    "93tXlxbst5cf65ISDatcFaND2N1YHF6MxcGkEhoFxSgo9Qd7xxWUwO2bo5/M/cHF6on2qZ"
    "bUTpC7Qc6LTpLB9Bl5Qv4jXB4lzFBOYAT3gSIJseF2WUVj5VHWXBLY+BMb5k+sEdQb8SYu"
    "vgkLv4kqQOeQNi+4bP2OxRRsVtExs6WBt77z2Nk0/jWa8utHfyy4GnmPQTyMpcu0VjMxFA"
    "ywkr2hbjP/WcwNu6V91UUR3j31yyQiNJXNGRXwGTWWC51R3yrSW8LLT2svVpiaX06J6UR1"
    "vycexRrjPEr+z4uGXNY114URD1FNhDmaAMg6KixmQ2vsSvfsiTh1Y6jJxNlJiJcYbbedNl"
    "I3uNeXN5Kex8YUvqOm8D7wqJebhRNeWSpOSuhjuWVzb644I0jxGgVDrC41YsQe4Zl44pb4"
    "7BY2sFGQPyODmBoAVbl8yiRGxPxAo9waOna9xx+z4ueax8eSV5cibMRCV3jejvMTyLSJsf"
    "ASJRedUyIemK9v6osZCMGuE5z6R8IZrQ/xkyLqEaQFSfoow7NtsHiXK79ye+r7jKv8Q3LC"
    "i8lHgJsx7rSBgDtBb+wavMcradKM6rhNLZOyFxMmC3eh8S5J1KQYobUdVucLtaL2kqQ02k"
    "uttZcapV8YNm+QzcFmV5nHCzIT1FRn/vrsAYSblVbrBKXJrakzl23PBXnWcnP08mLJMkHU"
    "PMf8UZlT/I6KD/E7ypzhp0V70ACrlbFMUjUP58NSUSeHS6JODrNRJ8ZE/iLWLWO9NSG3xs"
    "5Y2s6oUc+xMkbcKLYx4gtVLO7zSmI1Hjxyeo8M0BKmg8hI8CVKMoJ/g0S78VQqPE86YLJu"
    "Y2jEw2I9NpU5wbjrv4U+qDtIerT0gMMwWzBx6HaYFXkSHaGtD7cOyeSez2zhO0My812lrZ"
    "km/rc2K1p7iaEPmVs1BjhO08Bt5LiMSHZcLJEdZwSyCLAVolFzSBs3y/dLIb6/BPL9LOZs"
    "TN1KpcbnBA2c0gfHZUJ9odeSU9kzwb4asBWmdJqucfN5I0rdhEo5gy22cm2yDGED5/dGkj"
    "e4a99XTo+J0TTPWrH+nZE+gGDiVz0VIknVPJw3diwE4FRpOs8JmohxKYSX4JtG1xdeAbhP"
    "V3aIaOu8Nrc+97vXeMZ95+yid5nWS58nghHgVNOckg7lUF9Q1xr3zumg96WLyJ/1+p0P53"
    "UpphG+gBUWIK6ysOSQNm+J2YhUYoz7heg3yrhvErpeApt1FU5P3Ll81RKecWITZ1BnXsct"
    "7FlWL8uKTlNuL7TyTZqvb75jc9xaAnRNUia/MN+9dW0dEXuKNRxyvE+ZPu1lnqiHWG9dna"
    "C0W0q631477p2rdHGWNkFjEHNipyxToleSMGB8MvVh+ud6n75jpDIh4MF6FrMOBvT4MybA"
    "mADxZ/YbpdlUFvAMe2useNXK/Lv4DFbRdGPkdUa8dd392OsPutdt8qnT7/96dX1mXXehMy"
    "q/3YtO7zwsJ1kPBVjXh6lqj08Q1ZkZK07/DdT0UYqNJyrHzFMoMcVJTCKKqQtTBeom6Ry7"
    "lYhi8hRW1Czh1abj1b7mJKmxINSNzzXRZTugedqjVo4GG15pLz0mcdHnKV21mLFrDiZ8KQ"
    "cNfKfIUKwCPjBf5iYIF8u+MZIGSr4Hx2WyZqDXkiirTN4MflQVEA67NxDdzXjTBFe5KUnF"
    "ZwLESMy5ABXPBXjWzezP/wMX8nho"
)
