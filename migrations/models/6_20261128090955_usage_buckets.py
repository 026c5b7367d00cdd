"""Rename `usage_quarters` to `usage_buckets` and its column `quarter_at` to `bucket_at`.

Servers of the version before run beside this one for some minutes and use the old names. On PostgreSQL the rename changes
names alone, so it takes no longer for many rows, and a view has the old names: PostgreSQL reads and writes the table through
it, `ON CONFLICT` included, so that servers of both versions count in the same rows. The first migration of the version
after this one drops the view. A SQLite database has one server, which is stopped for an upgrade: its table is rebuilt.
"""

from tortoise import BaseDBAsyncClient

CONTRACTS = "the view usage_quarters reads and writes the same rows under the old names"

UPGRADE = {
    "sqlite": """
CREATE TABLE "usage_buckets" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "bucket_at" TIMESTAMP NOT NULL,
    "key_id" VARCHAR(32) NOT NULL,
    "model" VARCHAR(200) NOT NULL,
    "calls" BIGINT NOT NULL,
    "errors" BIGINT NOT NULL,
    "prompt_tokens" BIGINT NOT NULL,
    "completion_tokens" BIGINT NOT NULL,
    "duration_ms" BIGINT NOT NULL,
    "user_id" VARCHAR(32) NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_usage_bucke_user_id_3f794f" UNIQUE ("user_id", "bucket_at", "key_id", "model")
) /* The sums of a user's calls with one key and model that began in the same 15 minutes. */;
INSERT INTO "usage_buckets" (
    "id", "bucket_at", "key_id", "model", "calls", "errors", "prompt_tokens", "completion_tokens", "duration_ms", "user_id"
)
SELECT
    "id", "quarter_at", "key_id", "model", "calls", "errors", "prompt_tokens", "completion_tokens", "duration_ms", "user_id"
FROM "usage_quarters";
DROP TABLE "usage_quarters";
CREATE INDEX "idx_usage_bucke_bucket__26d238" ON "usage_buckets" ("bucket_at");
""",
    "postgres": """
ALTER TABLE "usage_quarters" RENAME TO "usage_buckets";
ALTER TABLE "usage_buckets" RENAME COLUMN "quarter_at" TO "bucket_at";
ALTER TABLE "usage_buckets" RENAME CONSTRAINT "uid_usage_quart_user_id_ea76f9" TO "uid_usage_bucke_user_id_3f794f";
ALTER INDEX "idx_usage_quart_quarter_0aa400" RENAME TO "idx_usage_bucke_bucket__26d238";
ALTER SEQUENCE "usage_quarters_id_seq" RENAME TO "usage_buckets_id_seq";
-- The primary key, the foreign key and, from PostgreSQL 18 on, each NOT NULL: constraints that PostgreSQL has named.
DO $$ DECLARE old name; BEGIN
    FOR old IN SELECT conname FROM pg_constraint
        WHERE conrelid = 'usage_buckets'::regclass AND starts_with(conname, 'usage_quarters_')
    LOOP
        EXECUTE format('ALTER TABLE "usage_buckets" RENAME CONSTRAINT %I TO %I', old,
            replace(replace(old, 'usage_quarters', 'usage_buckets'), 'quarter_at', 'bucket_at'));
    END LOOP;
END $$;
COMMENT ON TABLE "usage_buckets" IS 'The sums of a user''s calls with one key and model that began in the same 15 minutes.';
CREATE VIEW "usage_quarters" AS SELECT
    "id", "bucket_at" AS "quarter_at", "key_id", "model", "calls", "errors", "prompt_tokens", "completion_tokens",
    "duration_ms", "user_id"
FROM "usage_buckets";
""",
}


async def upgrade(db: BaseDBAsyncClient) -> str:
    return UPGRADE[db.capabilities.dialect]


async def downgrade(db: BaseDBAsyncClient) -> str:
    return ""  # aerich asks for it; the way back is a backup


MODELS_STATE = (
    "eJztXVt32za2/itYekm6luKJHdvJqZ8UW0019SVjye106lkURUISxxShEmQU9fLfz94ARf"
    "Eqk4ouFI2XRCaxQfDbILDv+LMxYSa1+dHlWHdGtPE9+bPh6BP8kbjTJA19Ol1exwuePrBF"
    "U0O0Edf0Afdc3fDg8lC3OYVLJuWGa009iznYuMsm1Btbzoh4Y90jY+iWOtQkHiMzvKATn1"
    "OXsJnDm8TxJwPqwt2hyybkmMwsb8x8bDTSpxekb5m8T3SXSlIr1t0RjsdkBgwInrb7R/uO"
    "9btPNY+N4KHUhQH89lsDH6BZJt6XD2j897/w23JM+hUQhDb45/RJG1rUNmMMkVTiuubNp+"
    "LaR2vUcbwfRFt824FmMNufOMv20zkM2wkJLMfDqyMYqKt7FJ/guT4Vw7HtgKELzsk3WDaR"
    "o4zQmHSo+zYyG6nlAJbXGpp2e9fTuu2epjVSE2FBEWFQcMlgDk4iGCoXAIiJ+eb/Tk7evX"
    "t/8vbd+Yez0/fvzz68/QBtxXjTt97/LQezREt2JTDrfOrc9nBADGaqnMF44W9Bo3u6pBLM"
    "WKIfcKsUB5Y0z3NhgfkqNiwuLPmw/MZqxogl8E/wtmnYYVly24CvAL4Dw9Qdg6YYsKBNwA"
    "8vVR34G9w3xkTnpNvudjt3t9rlj63bT+2r5OqVw5OJ/lWzqTPyxvDnu5MVcP/cuoeu71+/"
    "O/kujvltcOdE3IqjD6tcGvx/du9u89YcnoG3aRke+YvYFj/Eab8CUgQCe55w/rsdhfL1Te"
    "vfSZQvr+8+CnAY90au6EV08DEBueFSBEfTvTTyV3DHsyY0G/04ZZIJAenR4sdmWLHLnWAF"
    "J3qdm3a317r5HGPHVavXxjsn4uo8cfX1eYJFYSfkl07vR4J/kv/c3baTXAvb9f7TwDHpvs"
    "c0h8003YwCubi8uBTjckQQSK9s2eyNkFR5QSu+n2xh7ULpafiUuYMjfGm4f2AutUbOT3Se"
    "2koSIAcC8UPQzYGB/fdiNi2uLr9dV5+F4mZ0ksG7wxtTT07LVveyddVuCIQHuvE0011Ti0"
    "GNd9gJS1wJ26ZvTU4mySu6o48EOPgWOOalGuJ1KefyrbO0lPD2SlWFy0YFdZUWAby+UJfr"
    "eOWI9MdUNwGdPrE46BCU2Dr3yAT6hFETNhTXOGBmwLwgAxdm0vgCdYNAQyLMsefEhxnggh"
    "5hM+NpQeSyWVpf2f3jM3SWhHoSU2EAPOsLDfYbuARtf2s80Tne/m8pRSZ/1dvkgrdfPWYr"
    "olq+xuJZnk3LIB0S1HB3OXn7tgDe0CoXcHEvLqlN4dNkjl4G4wjJWigHE7aaIB8XAvl4Bc"
    "jHaZDFIl4G4pCgfgBvZRaDwOP5GVpeMRV7SV3lVaPRuux1fm4T5pL27VVVlOup5Tg0y6rH"
    "mE11J2cFCYkSgA+AqjqIb0Kp+3h3dx3T5z52Euai24ebj21YUgTo0MjycqxIgeRUZh2JkN"
    "RvJdn8ZA7EUADQdzIsF7lG0hRdnWylJ8en708/vDs/DU2k4ZVVltH0/EVJX1tAVd4ylEG+"
    "AfNQxWZ4ncxDMc2qDKdjhLsxASomr8nkw7L0KjavyWZ/aq7J5jilYnOl2RzYvUpImEsKJW"
    "A+L2Aqj4nymBykxySxSGwA0Z9kL4e1PhTFc7kqxuCEx5Pbh+vrfXmgbqT21MjwPi1uNVd5"
    "ngLtq7DnyYEu0D2jk8Bn9YoDXFRcW/SV5TIqRPfoPDp95prUDX1JJp164yDYDcPbuLbwJP"
    "XJRHefZCvmUDLVoaGIoJP+JvEUwsdsxo/IL2PLpvBwl07tOfbd7d23Wzed20/E8vijM3Mt"
    "j7p4oz9j7pP4dPpNMhtbxphMfO4BpUNnpG9TnVPNdzzL7hPdMQn32BRdWAYlffytuRTmNZ"
    "fykXgNTj0YuUe/eoICXhHEZM4cwKaPY3VEvF7oOOOOPoVRe0ekr3uebownFKZqn4wZzAfR"
    "bKq7HpevipQOg1eG3gu7ygJsgukcgVQuySaG/6HLDJ4Dj9aSHjT8vbSvRgBRzrV9O9ck81"
    "JI51q5wvbKupVh3Up8GSWs4QlKZRIvbhJ3WZ57+Hmvz4K2ylJ146Hbvm+SVrfbAdXutofO"
    "n+6v3V77phreH9xJ0vj34GqOez5oX2XMN6L4t//di03xVFBlqPdf391+WjRPRlrGwY5s8G"
    "nM8+NZE2QqrvUb4lpDWazMpI8R1cFKsuuJ/yK8+6GO0SSXdzefr9u99lUTNI+7z5/xxw+t"
    "znX7Ctd/2AXb9/cPn3tVCQEYWo7Fx5qc5utyKdVJhT+Uxmw8F7qVUJEJhc7NarCCui5zAV"
    "WzVNBcnKrCwFfGjisRmyxtJkX3ghRhHdDe9X6gwum2HRTqssnU0zz2RJ2MfTfXQpCiW8tS"
    "UDW8N2woMAAjm+IoygOcSatAToPsMU+3y+ObJFPQpqH1RQAWZ75rrG17SfZR4XW58fn+7u"
    "fOVfteBN52e52bVmUk79D7UGYzjBFVGPg1N8Tz0wIon5/mooy3EnGLEadFCudnYhbjpCpe"
    "scrBLymHXFluZ3ageF5lnqvwxRfBZmldWovPCVL1OVeZzyp+ccvZXmGQRwmIY0QK5edRjo"
    "fcFIU5TlVlX0dVY0X5svrCNwY3Jmo5HBjsRaMc4zPu+cBRuRBsAN5IsOJhrRxFkY0tmSoi"
    "t74RuV2qu8YY/UWNjKDcyN3m6oow2E7D6JqCsbm/YDxoEGHreTY1wxIsIgYVu6Pm96Q/ZL"
    "ZJZbEWy+NYVpK6r7gIphUBregFHTJ3gn1hgzC0NBbRu9WnYRxwiwgsFteBsEkG1NB9Hsbx"
    "Qj8um2HXGL7rYSDtCOaL6Ff+EmYaWQWTLwbaFPeBkGPf3X9dWx4lT5ROHx0YjOUSWR8xKE"
    "szmENzApOQjqgLzeb5RTQXiayLKjN55WlkDO2fjeV8akiU8HKDfp26i2pAwVRbbmZiToh+"
    "xWQJPvbuw8du775z+6kh6GGe4FU5/1XNzsrV7AyYneJAvot5SVELGXDnzuXlh1lC+I5T1Q"
    "J4lQt3kBCrXLhd5sLlhgBtUac5VGDja2SVKjN2qWNe2ro1yRbCFzefkcEdUzOwXdH0OJAU"
    "TTqZMpBFjTlKiwsR2QFZeDZmKLdS3UNZmIDoKNO5hpbLPZAy+Yy6TVHQHf5gKFeSqT63mQ"
    "7SLJZcHNqWkSGJ7+qhzxWOjwxCQ+01RwaOSsmYSSYkeVWZsQLJY0kGlsI8RVrD3Xw7gXny"
    "a9NAQx2XM8HH6WqI9+bjPg7LN6yKmK/nMgy3lBKfU5Smhp+S0vUOFeL1jBcZpApypV5XQL"
    "2OzkylYxdFt4iindoCFbwF4I1u/FUyYFwxNqHm3eB/1Mh0JMbuN1eZMUzRUmOiaXFLhmwv"
    "y8w4jAyxgI5DqcmJ7szJBGbS98SlE/aFmgSa9B361dM8d45lb6SPDRhE45440Rn3DQP7yT"
    "RlbP+pgXPRtUbo0QOxkovyQUPmEqobY/lIQWJxIqeDGVQCol+AwtC5oZuUmIyiSeWCcIp/"
    "GPwfJjUs4bj7x9u3xydvxDB1+2hiHpGO9+ggAzm+lDjOD4cKv4OAi7DUkD4nA0pGOKKByE"
    "h1Cpb1Uc6+Sjr75Hwua0+JU9XOlrUVQ4rueXQyzSqkkTvVoySqAlJGYlhkdS1rMEmQKotJ"
    "1SwmKbVnP3LOD5Z43ZR8I66vlGtwoy5ct1Ds6tH6g7gnc9hjPdiTF/X3AuGjv1x++wSkCF"
    "FP0APRo4k/XSqr/VlCQLhvt65+zSp4uN0HikqJ3PqDaqJDEV8lTvyd6SgpOcwHChOFCntB"
    "+Ll9eyVqkaDkIY414MRjyEDpEUKp5BUnv/vM02XBRVGbkDkX8A6yVsmjg3IJxlKB5BKMPd"
    "Ib+o/g/Y9In36dWjA9FxUQsXsK7QQcwThQ6DoKyiImpB+bOaMm0tl0CHITHm8MlOL1QAAb"
    "wHV0Tw18FBMZD4Q1DrQ894jjlC8qUQMxcEZFNNmgxozySu3ZKyX+LwH0on0NzV0nZ2dFxK"
    "azs3yxCe8l6p589aiTHSO/orxMlKiGSB+fFwD6OLljRw4MO0+fQ2NausSoBM5xqjoCfbJK"
    "IA2RPnmfDzXeSyTbhPtiOc03TlcnhWDHh6PzsX5ydl5moi8p6pdNtnk39ouonhfKq0LixV"
    "IdUghNytr78c0Ndcv23VKFwiIkdZjku47iro4lrVKry1ZsaRbXpi4zQEdap/R1jFTVvi5e"
    "+/qwwpOqwoCDsLbFVa6FdaQsm+OUOylcoUyq6zF5p3XUX7hooKorqKC/Q4ZYRaDtMgJN1Q"
    "TZfE2Q/fgOP7nMnzYynIfyRnOV93CETQq6D/Hr4SKVio/RdQfaJL8g/2OWgz42mTtFxBHH"
    "OpIQrLue9gmu3cuGg3+Uk6pmTqoKQX1cyBpxvMIacZwR2RN+E6XPQcggrYOAvW0DcwI2La"
    "9kRWHgtW8sYZHEv0JTfvPoT5jjje25LFquiYCMco6snA5qVPp8xw4tZZh7Toqshc0mfrB9"
    "GTbHKRWbK8fmikQ7CsXkhmKBsUae3hLcfl570SaiZeEYyCDCb2rrGE0IugYR3WRFL65qml"
    "kIQg5IKhALbTy/CpqKqtuzwqI2tNqudNENLfpVFv2mojTKYquM4hU0io8W5r1vtN+GZsID"
    "g7uo5Tb6KRfLzFauhm92NexHsMRKzxkCZVAAOl+QRCN0UfkRtn6TOp6l2yJbFnNB7qbUaX"
    "Xe4CF2umdhvV7qmFMG8InEEPHAC9LnFGg9jVPdDooBt9rdNydn528+Xd40yYD5mLjLRKKI"
    "ZWYJpDt7tkwPxipq0iQvBV9R1Rit9oGlHhuLG1jLWErhF2EWjUzGYWSCacJWseppgm9pgT"
    "n8gpXE/KJN/JXa37di5I99pmmg8wNnUoS1QHz3ITQCxbGVdZrDqhiaGFktoI9P9iLW/Xzj"
    "foZtf6cHHVcb263ELg/E+YxuKZCjNLXE+fRDIaBPP6xAGm+mzo6CX15ggoyD/c/u3W022H"
    "GqpAXJMjzyF7EtfojpVitARjxWr9rJBboZtwdhB8lVW5nx1tpAD82Mp/xSL4LNts49DXTC"
    "dRidpFWHWlaZ03uxy1eMn8osf5AQq1j1Xcaq79rTUbE1YnOOjv1Y5S91225kmOXF9eYqu7"
    "wBLYob5qExmrB1afRuhufhYd0oLK4EP4ND8Cgw0rzAv5jv2dYXKqszhWUog0KzTWEBRzN6"
    "bojI9h8qily5FGYiyDZBG94XDcLLS2WyL6pqoZZ0IU4RlFW2sL7fnPiODeSkj8f8cZxOME"
    "6P97FSVeAyEI4BnaAh4NF5uL9uBiN0v4hAGDaDlxmSvsU1eU3U6joiPYywXNS/wufhBCAL"
    "Kz+CgNdkXSx8whNIBA5ME1FJVCd/UJeJ8lWPjsMGzJzLrqhZuI5VZDWJq3QZJa1CU1J2y3"
    "ieR3ab5OktyzM4s9tHP8ycp4bVKLLvZ1+NMzJBrXwle/aVTH0XJOYcd8nzBUoi5FUWwxr3"
    "7c/XvzZBU+hdt7E+SQ/0guRCuR/ZV1mZt21lXuwbZUCO0tQS5+1YmWN7bhrv56qRxGlVOZ"
    "Li5Ujyykxpl2NqPFETV/K0R/Awqkt1Hy4v290uLtvt+/u7+22u2+Tyx/blT+T1YwDOY4N0"
    "bsnrV8EYXjXJKzGGV9+VWOJlVzkJcfkl7uJUNcoI2ljNa+q6zC2daBinUva55yewRCz3JJ"
    "j8gI8UYR3Q3nW8R1qBKrGrponVtlp8W01aNMrM/SzaKu+zlZ3/afvROmxYGcqgGFGMEXwK"
    "I6Ba2YJZKUK1DZRHf+qyydSTieJlTk5J0SlJMiNrHDCyqaiBUBrgTFoFchpkX9ijOfNdY2"
    "2DY7KPCq8kjc/3dz93rtr3QnPt9jo3rV5VaiKbvisrfkzKzPQEVZ3Krm9skg8tlwerbTlw"
    "04RqDclYqG0LFBnNyvC052v8MaIKrxjrxr0XOWvkNP+okdPUSSPCEwkLbTmjeZyqfji/K+"
    "SdeLfCO/Eu7Z1Y6Cdlz0CPUtUP6uOTIv4JaLXisJGUd0KFYOeiryI2VcRmGflxGUxSFOEl"
    "hcK3QFRA7BDxwqEBMSqFcwHX3L7Kkb8wnFWEt4rwrmI08kFUI6/YWlEU2xXFyGEI5Pbh+r"
    "qRteltAN+bZU/1xDa+0xfANjMeqzSuQY2aemK6lFAL4KmyPb4t22OJ6n7SPWT5Tiy+3Mgt"
    "7inuNgvU9sSGBTNAemNKpJdIHrG9qEwkkkjk8dgDOtIdrOSJlZNE303866F3eUH64m+RAW"
    "F5nAibMbSZUMdLJ35s+VnPFhcV9KlKSaUi/leVzs6UDTOM5MG8rG7I/w7rZOcnAkwWs72M"
    "XSwkUiaxSpvE8nzaqz6vb/RlV42d+6lGr6q6qpKjByeb7TkTF4tF5mXjhvdWimUMWmnl03"
    "J94JdLZvq8SYK6lbMx4/Avc5/gBqbHmhY1vycinRbFJ5SLXDZDkQlzUG1qjrAHC+47lJpN"
    "kQA7ky0JrOeY38JzM3R39XxM1u14BKEV5IEsONHnIA+SkXywTAmmjsmPSB/j9rQBHcInFC"
    "b16pw5MP7lZZeKQRiwsAHaeICW6BauPTqBvgrvYIZ9C9mzSfqxADXsnlAOMgN8cEekNYSO"
    "SN+kuqnp+LtPFtm30A5GK19Nd+YgmbpFz+CKVLePZb6m8mZVdup+s1OVeV65m+qEs3Kbbh"
    "df5frfPsaqYsC+F2tVMUBVDFAVA1TFgO+/JbVRZZWqrNIDgV5lldaZESqjI73bqowOldFR"
    "M6i3ktGx35zoqq3cm861CxwGZi6+q9zHGcR1AnnHfuSIA6bENE9Q1Qn/DU7yuCOrBLxZpA"
    "rjrKRdlXj3EqKMll7asmyOU+6Gzbv0m9aJyyqVR6XyVDGcqaKn/T6gme6jbzxRr5ER0BS9"
    "3VwV0yQL3wxEyxKx5tyfBNHfiE8Y/C1OxsVAn0UZf/HEREy4KKsPwyXHZ2RiOb6XFbu0jY"
    "dggBL2a+pz0S+W4J8TXPrJH9gfEAMl9MJ9A8/9lajAc+ETcL0m6csLIDXguQHShS7i2OUR"
    "A3gq8XKEzPegC2jUfHRwkNDHnMsgJRwbjh0o5XzKLfYfK94fPh3/WDrwpRsufXDwsnm5eC"
    "MVG79ZbSs/DCnG0DJyTYxQSa+Vlmt2HptTNWaquIVDj1sIQ56LbxQhSZ0MFzs2zokq1yVx"
    "X9Io4NcG/hnz/yr8a+0B2DEbChRPXbkEbax+qmKHECxX1fZcxYgal/fcMQuUjUzZyJSNrL"
    "CNrGUYlHNxQGMjw0YWvd1cZSPTRcPILlIk9W9KXc4c3SaSWlZMEDYi2ZBfEObYc5Fr1/2x"
    "9ebk7FwcD0mnGSUXvr27UtlrKj9tv/lp4v8SQC/a13CFPy6k0B6vUGiP0wqtrIY91nlGZY"
    "p8lONUtZvW56cFgD4/zcUZbyWqIBpsmhWGjCf05qRYhhRJq6ZleOQvYlv8EKXFFcAiFjFT"
    "Zir2NRnm2ozbKLGDVOyrCox4CaZl+nVqQXdrsDlOuQE2VyxGtE5ctnXuaSCarfM5J2kVp6"
    "vMaaXeK/VeqfeF1fsu8KiTqdkHd5qrlHoObTSrqD5/51CCFG8wQMQxFxVpsMLhkLh0CKvA"
    "eFEUUQSiYBKj5fgUixyS1/pCX9cnlj3/Lq3gb7h/jHS5ZcFFCwNYYEpjhZ94X3hLJzetS8"
    "K+UFc81GWzV9CnKUahk2BGAwpNwtmihTQ1cBnQYhkyGsfij47huy7WcST9pYQhImTE+8ib"
    "8SHAw6hjNoHAMWVrbCrf4xVXposqLqjNFaaL5YRJw53rIYgT1clBsLl8AuatqdLFKZVKV2"
    "kRsEIqnWLzFtksN7vSPF6SqWSGKvPXpV9AuFlrtY5RKn29ylxWJQbSEqYqMXDAJQaU3+BF"
    "rFvKzqjsjMrOWCLVThidMnLsJDdWJdcFFZyKBwy94hjhw3w0omGu2pDZJjWJ/BI5GcOfsv"
    "L2xOeY7kYkk8U1zGcTAUCGzml+ENHmHoFmxr4x1p0R1USHfcBuMpA1ummYtSca8AviMG8M"
    "YyED3yMBGT9yqcFcs09mruUJa2ZBm58y9O3X0IfMLRunFKWp4TZyVkQkO8uXyM5SAtkCME"
    "1+o+tgHSGt3Sw/LoT48QrIj9OY04lulconCwlqOKVPzopEhUGr/Hyys1RcmABsjSmdpKvd"
    "fN6KUjfVOZ/BFls63jFFWMP5vZXwUscynkqH8EZo6met2PzOqH8BwcTVfLfUUh2nqh/O2y"
    "qnPQWcSk3nkKCOGBdCeAW+qcqezF773IMFbZXX5sZDt32Phx20rm46t0m9dJfqTCQ23dM9"
    "PyM2vRjqS+pK49667HV+FsdMXHW6rY/X7atqgB+8gBYkNZVZWDJI67fEbEUqUcb9XPRrZd"
    "yfmmuyOU6p2FxpNovIfpuNLGfdtIAosYozqDKvxXHY9lwmIGu/+8zL2DJXVWDI6WCtQMuK"
    "8XlPpUkiPo9yrEhS7i7Y9W2SA28PAfWUU3U/PsCfqWsNLUPEKF/CpUaGPzDVprnKN/gl0h"
    "qmg0kLOwq59fWNaY0sTAIwoQWa5/BQ3gHMKZN4jOhErO1BCH9wMl6WP/AbeioSlC93mIi9"
    "dnlGX0SkVCH7e/bkJdlUFPAUeyusClfKIP9STrr81On22vdN8rnV7f5yd3+l3behMZoj2j"
    "etzrUGCN1+alfDJIELYGkPSYyoysxYc/pvviSE7nlYLLnMoTpREpUapI7BKAN1nbTAw0oN"
    "Upkja+YUwKv5k/W+5jipsulUjc8V0WVboHka40ZWRTx5p7myGN6yzXO6aj5jNxze+VLOK/"
    "hGkSFfBfxCXZ6Zsp0v+0ZIaij5npwVyWOCVivi3lKZTPhRlUA4aF5DdLfj35THhqcRzi83"
    "FyFR9eZK1pvb62b29/8DyAscHw=="
)
