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
    "eJztXet34jYW/1d0+DLtOUzOhDxmtvnEJHTKNo/ZwEx32+kxii2CGyNRS4Rhu/3f90q2wU"
    "9iM0CEo08hsq5s/64s3bf+aoyZQzx+cD7Cokc4dxlt/ID+alA8JvAj73ITNfBksrwoGwS+"
    "81R/HnRSjfiOCx/bAtqH2OMEmhzCbd+diOA2jTayGX0kPsey5QANRgQ7lusMkMuRGBHkYS"
    "7QGMbE9wSxoWrjxCO2IA668zG1R2fIFcgeYXpPOGLUm6MpdYiPMPKY/RAR+Wx2IJ/JYTY8"
    "lEvvn+f2U+r+OSWWYPcEmn14iN9+h2YXSL4SLv/9rTHlxIeHUAjawn0kFhbyH2iCvr81Hs"
    "hcXv5dEk4erKFLPCfBs4BWtVtiPlFtwED/R9VTgnBn2cybjumy92QuRowuugNGsvWeUOJj"
    "eNkYC+nU80JuR03BW0GD8Kdk8TrOssEhQzz15ESQ1METLNsalnV907d6nb5lNTKTJKKIMS"
    "5sAubJCeZSwdX7j/FXyyP0Xozg36PW38F9ljgEveQNP7dvz39q33531Ppe3pDBLA2m73V4"
    "paUu/a2GwAIHgyj+LGEWrgCiCkgvCDYDdtSwRHv5le0c7tabNyXwhl6FgKtrEvElwhP4NB"
    "nFVTCOkayFcjhh9QT5sBTIhytAPsyCrBbxKhAvCOoH8FZmMRdYTHk+wh06HSuUu/BUsJ2Q"
    "DNpLap1XjUb7vN/93EHMR53ri85Feqvd5YodWz9cSknOZvieMY9gWrCCLIhSgN8BlT6Il5"
    "7hK0B9f3NzKUcec/6npxq6/RS6n67ed2BJUaBDJ1eo5u51PwV1KDlVWUdiJPVbSTY/mUMx"
    "FACcUpHFuUtFwXKdpkuB7Qatezar4Xnhz+vW4fHb43dHp8fvoIt60EXL2xUMyM5fKelbEV"
    "Q4B98LwEa4Y5IPcg55CmYnpD+IfuzfDF8BaL971en121cfE8vJRbvfkVdaqnWeav3uNDX7"
    "F4OgX7r9n5D8F/16c91RaDIu7n11x2W//q8N+Ux4KphF2czCThyTqDlqSvA7oVlV4XSCcA"
    "M81u3DqhOTbZ9I4NfgcpLSsFlrNk8nzppsTlIaNmvN5tDuVUHCXFIYAfNpATNmdywLcIxE"
    "Z+30WSGWZtrhQ64FUcKXhftH5hP3nv5M5hnLQArk0Dj/KRxmz8D+O5pNUevyk/PxbGHXjk"
    "8yeHd4YxIooeft3nn7otNILxIbQPTnYJT9Wh/K4rlcFRNwwu3R9afLy4aasXfYfphh37ES"
    "U1deYS2Waln0zV4at8bpFkxBR3LCt5DPHGJ+FWhPjRzvU3SpucrzFGpfpT1PFIaQ7hmMQp"
    "/VKw5wEdUWjZXnMipF94V+oQPmO8Rf+JIcMhEjNPTZGB2eoYHLrciTNEBj7D8EvRglaIKh"
    "oxhhEfqb1F0QH7EZP0C/jFyPwM19MvHmcuxe/7bTvupef0Cu4F/ozHcF8eWFwYz5D+rTGT"
    "TRbOTaIzSecgGUlMzQwCOYE2tKhesN4HkE+SoGCFMHDUD25YzCCw/kA1CEfbL0hnGKJ/Ao"
    "Al5xgIXA9mhMYAIO0IgBl1W/CfYFD15AklIGLwKjl3aAhW8cTtIYUMFCC6AGjjC4D9zaSv"
    "vF5O+l1TT2msZl9twus4B5GaQLbVeL/sZmlWOzSn0ZFWzcKUpj6C5v6PZZkdP3aV9ORKuz"
    "rNz41OvcNlG71+uCwnbdly6d3n96/c6VHj4duZNk8e9Da4HTPeyvM+YbUec7/+4npngE4n"
    "dX7X9/n9DmL2+uP0TdY6CfX968T4Ed2+CzmP+zd3NdYCNNkqXtKq4t0P+Q5/J9XMRXsEAC"
    "spoFabSbSSuJHCDNgoUwVmXSJ4jqYPvY9cR/ET77hebQROc3Vx8vO/3ORRP0iZuPH+WPH9"
    "vdy86FXP9hF+zc3n762NfFsT90qctHVjDN1+VSZhCNP5TGbDRXupVSfBGBwR09WEF8n/mA"
    "qlMpFC5JpTHw2lhnA8TGS0tI2b0gQ1gHtHe9H5gguW2HevpsPBGWYA+E5uy7hRaCDN1alg"
    "Ld8N6wocAGjDwin6I6wLm0BuQsyIIJ7FXHN01moM1CO1VhVZxNfXtt20t6DI3X5cbH25vP"
    "3YvOrQqn7fW7V21tJO+FT6HKZpgg0hj4NTfE0+MSKJ8eF6IsL6WiEWNOiwzOT0QiJklNFK"
    "LOIS0mQO1FsDmwNKzF5xSp+Zx15rOJUNtyPs/C4V8B4gSRQflplJPhF2VhTlLpbPfWNRqQ"
    "L/PrvzF8LZWtv2ewl41jS864p0MDg4VgA/DGwtH2a+Uoi2xiyTQxl/WNuewR7Nsj6Tto5I"
    "Rdxq42V9f8kP0sGWlRMvryFxkbGMZQCuERZ1Fkw+UoGI44P6DBkHkOCcpxuIIjNoO58Yqr"
    "cEkVqig9YkPmj+VYssMizDARs7nVu8lIzzZSWETtQNhEd8TGU76I1IRxfDaTQ8sATSGjKu"
    "9hvqhxg19KZZfFREaYRw/aVNeBkMuxe/+6dAVBD4RMvlB4GNcHfo7viB8WHrmbQ3cEk5Dc"
    "Ex+6zYsiLn9bJIVGdUSKCpAE8ZR/NZbzqRGgJJsb5OvEj+q9hFNtuZmpOaHGVZMl/Nh7n9"
    "73+rfd6w8NRQ/zRLYG8790ZOZ7977Qnporf+RYUcOvVN/QzMCG+o9W6+jobevN0em7k+O3"
    "b0/evVkYU7OXVllV33c/SMNqQjiJLK3FAZshszMcKHY3LilqIQPu3NG4/DArCN9JqloAb7"
    "Kd9hJik+20y2ynwnCQLeo0+wpsco3Mx/a5pHDqnHvYHecL4dHFJ2Rw6li27Fc2AQokRYeM"
    "JwxkUXsupcVIRKYgC89GTMqtBAspCyMQHYPUnqHrcwFSJp8Rv4lmrhjBP0zKlWiC5x7DIM"
    "3KonpDz7VzJPFd3TRX5k2ItYuHsKT2WiADx6VkmVWkJHlTe0+DRKI0AythniGt4W6+nSCt"
    "4GuzQEMdVTPBJ+lqiPfmYwD2yze8y8WmTi7DxZZS4XOK09TwUzK63r5CvJ7xIofUQG7Uaw"
    "3U6/jMNDp2WXTLKNqZLdDAWwLe+MavkwHjgrExcW7u/iB2riMxcb25yozhqJ4WU13LWzKC"
    "/kHJEcqUp40S4nCE6RyNYSKdIZ+M2SNxggIsqq6KgHYEBANKvgpL+HMQmAfNjEdODcqnti"
    "0HzDVp7O7u0tnYhZsAvFzeSn5vigR+h+EQi1IveI7uCLqXBWXuVO4gLVmAxbjitHTFBbOs"
    "qrUjSVU7S9NWzBxYCDKe5JU8KJzqcRJTqyYnhSe2ylU1Z6RIjT1DN3tGRil5HinkR1e9bk"
    "b6UO0rpY4h9ChdN052TtR/O0BdwWGPFbAnR6XSQpFgsFx+Bwj29MXO35Q/fVnuzSbS1+Fy"
    "dNtpX/wnr+Dcdm+oKtVx97/EUgOq6KeZFDpmWAowlE2BwpFChRcRfuxcX6iqEVLyUGXlOR"
    "JMMjDw10ip5BVHf06ZwAuJB8QkegbvEFSV+EKlXCIjnUByCZ89Npr07sD7H6AB+TpxYXpK"
    "4SgqpEegn4IjfA5ZM+8gLGCXkn48Ru+bks4jQwH3nKo4MPV6j8S/g3bpPLqbSuGNcRJKW0"
    "DL2brV6kJXUUzPDKuBGJ/RM/uM1N8KQEf9a2iMap2clBGbTk6KxSZ5LVWh4qsgND+CfUUh"
    "kDhRDZE+PC0B9GF6x44d2HSaPQfEcXGAUQWck1R1BLq1SiBdIN16Wwy1vJZKhVnsi9U03y"
    "RdnRSCnSjBMQaMcOvktMpEX1LUL9dr807mF1HnbCGvKolXFlUIhNC0rP08nrMhdr2pX6mk"
    "U4ykDpN81zHW+ljStFpdtmJLc7k18ZkNOtI6RYoTpKZKcfkqxfsVPKQLA/bC2pZUuSLrSF"
    "U2Jyl3UlbCmFTXY/JOK16/cNHA1D4wIXn7DLGJD9tlfJip2LH5ih3P4zuUxSdyXIdhTYpi"
    "zyFog6UdhyBZO4QKF3uyioA66elmQmi7+1rWWMXClSUECHUmDBBU3jB1wzM04ARohcUJ9s"
    "L6BO1O73Xr5PT1h/OrJrpjU1mdgCnvmOvk+RB3du+gHIJM7ArytNC9z6YTVWgBFnbpSHTV"
    "4VYkuCDLKxBVwuBs4ToMPJAMjbEjPY6lEroU37JZXOoeJmHLON902ukPS9lZDlfYWQ6zdp"
    "bEZ1pFW8gQ1gLx3esNCsWRm1dgapXikCCrBfTJyV7GY1HssMj4K3Zch19vbLdisL1T5YP9"
    "SiDHaWqJ8/G7UkAfv1uBtLyYKWcJvwQIP1mwiw/XSlKZs7W+4WwtYyVfawPdNwPqdOKsye"
    "YkpWGz1myWxxNboBOuw+g0ramzrTOnF2p9BRklTlMHz4gx0O8lxMZAv0sDvfroN4Dph2ic"
    "/VojymIaXxt1ssq3bRn905dnYzVyrPPxy81VVnqsOsYO2Spjrp+AhsUo9lBAjRS1sp4HHf"
    "lZUHVXVvzt/dSWJnFpuX4gk7zCZ988XJlUlOjbMNZuY+3WZdvcirVbfTyVy5AlqWo3rbcQ"
    "HW6zSV7qQ7FxaklhDFPGMGX02BqFbxour8llY5d6KZw2NhNjM9FRv3/SZvI86j18FVRllW"
    "Y0+/BKc5VSb6s+JdX5HhsTVVIiKPEwgmGB1SpwTVWDwEHkGZtR3kTBoTpRta5DFbImS0dg"
    "dI8nZ2jgOnygCm8oUjcxXFb13+2tnwyUUzfIhMqZml9a1vwKuVWJA0sak3dekRGxI+3gbf"
    "O38aezoiNanffzBp/aI4Q56nV6ve7NtQX77fUHXVKiYZWrYnQIuxuLw4uxOJhUQqOgGAVF"
    "f7D3XEEJ3L45+snCH1ysniifakntRHI3yHlRSTIyfYafoT+YS6OEGUwRjOA+YkmCbLhdVt"
    "FYe5QNlwQ2/sSa+RM1gnor3sTlN2HJb6IK0Dmk9Qsu27xjMQWbVXTMbGngrW88djaNv0ZT"
    "fvPojxkVI28exMNYqkxrNRNDwQBr2Rt0m/nPYm7YL+1LF0V4/9Qvk4hQVzZnVMBn1FiuVE"
    "Z9o0hvCS8/rb1YYWp+OSWmHdX9nnhY1hinUfJ/XjTkqq65Lox4iGoizNEEQOqosJgNrbYr"
    "3bMn4ujGUJOJs5cQrzDa7jptRDe4N5c3kp7HxhS+p6bwHvCom5uFE15ZKU5y6GO5ZXNvbi"
    "hBkuK1FAxldakRQfZInonHhsgnQ9jARkH+DA9iagBU4dIp4TIi5jsc5dbgsevNv8+Knxse"
    "X5a8umZhoyx0Jc/bcX4AmTYxlryE0VX7HLFH4qub+mwGQrDrBKf+oXBGq0P8OIt6BGlBHM"
    "95eLaNLN7l8i/Unvo+oSL/kJzwYvIR4GaEOk0goE7QW3YN3uMVN2lGOm5Tq6Ts5YTJwl1o"
    "vEsS1SlGaGOH1flMrKm9JCmN9qK19qJR+oVh8xbZHGx2lXm8JDNBTTrz1yePINystVonKE"
    "1ujc5ctj0X5FnLzdHLiyXLBFH9HPPHZU7xOy4+xO84c4afEu1BA6xWxjJJVT+cj0pFnRyt"
    "iDo5ykadGBP5i1i3jPXWhNwaO2NpO6NCPcfKGHGj2MYoX6hicZ9XXFbjkUdOH6C+tISpID"
    "IUfIkcjeDfINFuPOVCnicdMFm1EWnEk8V6bMxzgnE3fwt1UHeQ9GipAQdhtmDi0O0wK/Is"
    "OkJbHW4dkvEDn9jMdwZo5rtCWTNN/K82K1pzhaFPMrdqDHCcpobbyEkZkeykWCI7yQhkEW"
    "BrRKPmkNZulh+WQvxwBeSHWczJGLuVSo0vCGo4pVsnZUJ9odeKU9kzwb4KsDWmdJqudvN5"
    "K0rdBHM+gy22cm2yDGEN5/dWkjeoaz9UTo+J0dTPWrH5nRE/gmDiVz0VIklVP5y3diwE4F"
    "RpOi8I6ohxKYRX4JtG12deAbhPV3aIaHVemxufep1becZ9++Kqe53WS58nghHgFNOckg7l"
    "UF9Sa417+7zf/dyRyF90e+33l7oU0whfwAoLEFdZWHJI67fEbEUqMcb9QvRrZdw3CV0vgc"
    "2qCqfH7l26bgnPOLGJM9CZ13ELe5bVq7Ki05S7C618k+brm2/YHHeWAK1JyuRn4rtD11YR"
    "seeyhkOO9ynTp7nKE/UY662qE5R2S3H362vHvXeFKs7SRNIYRJzYKcsYqZUkDBifTH2Y/r"
    "nep28YqUwIeLCexayDAb38GRNgTID4M/uN0mwqC3iGvRorXlqZf5efwTqaboxcZ8Qbt50P"
    "3V6/c9tEH9u93i83txfWbQc6S+W3c9XuXoblJPVQgFV9mKr2+ASRzsxYc/pvoaaPEGQ8ET"
    "lmnkKJKU5iElFMXZgqUNdJ59ivRBSTp7CmZgmvNh2v9zUnSY0FQTc+a6LLtkHztEeNHA02"
    "vNJceUziss9TumoxYzccTPhSDhr4RpGhWAV8JD7PTRAuln1jJDWUfFsnZbJmoNeKKKtM3o"
    "z8qCogHHavIbrb8aYxKnJTkorPBIiRmHMBKp4L8Kyb2d//B1QZx5I="
)
