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
    "eJztXVl32zYW/is4ekl6juKJHdvJNE+KraaaeslYcjqduoeiSNjimCJUgoqiLv997gVIca"
    "dJRQtF4yWRQVyQ/C4I3B1/tibMpDY/OBvrzgNtfU/+bDn6BH8krrRJS59Ow3Zs8PSRLboa"
    "oo9o00fcc3XDg+Z73eYUmkzKDdeaehZzsHOfTag3tpwH4o11j4xhWOpQk3iMzLFBJzNOXc"
    "LmDm8TZzYZUReu3rtsQg7J3PLGbIadHvTpezK0TD4kukslqRUb7gCfx2QGPBDcbfu3njnW"
    "7zOqeewBbkpdeIBff23hDTTLxOvyBq3ffoPflmPSr4Ag9ME/p4/avUVtM8YQSSXaNW8xFW"
    "0frIee4/0g+uLbjjSD2bOJE/afLuCxnSWB5XjY+gAP6uoexTt47oyKx7Ftn6EB5+QbhF3k"
    "U0ZoTHqvz2xkNlLLBwjbWpp2dT3Q+t2BprVSEyGgiDDIbzKYg5MIHpULAMTEfPXPo6M3b9"
    "4evX5z+u7k+O3bk3ev30Ff8bzpS2//lg8ToiWHEpj1PvauBvhADGaqnMHY8Leg0T1dUglm"
    "hOj73KrEgZDmaS4EmBexIWgI+RB+Yw1jRAj8I7xtGnZYltwu4CuA78Fj6o5BUwwIaBPww0"
    "vVB/4WnxljonPS7/b7vesr7ezHztXH7nly9crhyUT/qtnUefDG8OebowK4P3duYOibl2+O"
    "votjfuVfORKX4ujDKpcG/1/966u8NYdn4G1ahkf+IrbF93HaF0CKQODIE85/t6NQvrzs/C"
    "eJ8tnF9QcBDuPegytGEQN8SEBuuBTB0XQvjfw5XPGsCc1GP06ZZIJPehD8WA8rtrkTFHBi"
    "0Lvs9gedy08xdpx3Bl28ciRaF4nWl6cJFi0HIT/3Bj8S/JP89/qqm+Tast/gvy18Jn3mMc"
    "1hc003o0AGzUFTjMsRQSC9smWzN0JS5wWt/H6ygbULpaf7x8wdHOFLw/0Dc6n14PxEF6mt"
    "JAGyLxDf+sPsGdh/B7MpaA2/XVefL8XN6CSDd4c3pp6clp3+Wee82xIIj3Tjca67phaDGq"
    "+wI5ZoWfZNX5ocTZItuqM/CHDwLfCZQzXE61PO5VtnaSnLy4WqCpedSuoqHQJ4faEu17Hl"
    "gAzHVDcBnSGxOOgQlNg698gExoSnJuxetHHAzIB5QUYuzKTxe9QNfA2JMMdekBnMABf0CJ"
    "sZj9AiiFw2T+sr2799hs6SUE9iKgyAZ32h/n4DTdD319YjXeDl3yopMvmr3joXvN3qMRsR"
    "1fI1Fs/ybFoF6SVBA3eXo9evS+ANvXIBF9fiktoUPk3m6FUwjpCshLI/YesJ8mEpkA8LQD"
    "5MgywW8SoQLwmaB/BGZjEIPN4sQ8srp2KH1HVeNVqds0Hvc5cwl3SvzuuiXE8tx6FZVj3G"
    "bKo7OSvIkigB+Aio6oP4OpS6D9fXFzF97kMvYS66ur380IUlRYAOnSwvx4rkS05V1pEISf"
    "NWkvVPZl8MBQBnToblItdImqJrkq306PD47fG7N6fHSxPpsqXIMpqevyjpawFU1S1DGeRr"
    "MA/VbIY3yTwU06yqcDpGuB0ToGLyikzeL0uvYvOKbJ5NzRXZHKdUbK41m327VwUJM6RQAu"
    "bTAqbymCiPyV56TBKLxBoQ/UmOsl/rQ1k8w1UxBifcnlzdXlzsygN1KbWnVob3KbjULvI8"
    "+dpXac+TA0OgT0cnvs/qBQe4qGgLxspyGZWiu3PunCFzTeoufUkmnXpjP9gNw9u4FniShm"
    "Siu4+yF3MomerQUUTQSX+TuAvhYzbnB+TnsWVTuLlLp/YCx+4Pbrqdy97Vx/adY3mczF3L"
    "oy4Zzpn7KD4cGH7GPSBw6JwMbapzqs0cz7KHbaI7JuEem6LryqBkiL81l8J85lIuEo/PqQ"
    "dP7NGv8CdSDEE65swBSIZ3DoboLX1l3NGn8KBeaWeX/3b+hIyAIhdVEwP40Ok1hds4npb0"
    "geHv0EIaeTflHtu1e0wyL4V0rp1q2V/ZpzLsU4kvo4I9O0GpjNrljdouy3PwPu23CWjrLB"
    "e3bvvdmzbp9Ps9UM6uBui+6f/SH3Qv6+G/wR0njf8AWnMc7H7/OmO+FtW9+59BbIqnwiKX"
    "mvvF9dXHoHsyVjIOtu55ujGeULx9CvP8iNQEmYpM/YbI1KVYVWXSx4iaYOfY9sR/Fv75UE"
    "sgZ9eXny66g+55G3SH60+f8McPnd5F9xzXf9gFuzc3t58GdXHi31uOxceanOarcik1SI0/"
    "lNZ8vBAalVByCYXBzXqwgroucwFVs1LYW5yqxsDXxhIrEZuEVo+ye0GKsAlob3s/UAFxmw"
    "7rdNlk6mkee6ROxr6bayFI0a1kKagb3ms2FBiAkU3xKaoDnEmrQE6D7DFPt6vjmyRT0Kah"
    "nYkQKs5mrrGy7SU5Ro3X5danm+vPvfPujQid7Q96l53aSN5LD0KVzTBGVGPgV9wQT49LoH"
    "x6nIsyXkpEHkacFimcn4g6jJOqiMM6h6+kXGtVuZ05gOJ5nXmuAhCfBZuldWklPidI1edc"
    "Zz6rCMQN52stgzwqQBwjUig/jXI85KYszHGqOvs66hrtycP6Cd8YnpioxrBnsJeNU4zPuK"
    "dDP+VCsAZ4I+GG+7VylEU2tmSqmNrmxtT2qe4aY/QXtTLCaiNX28U1XbCfhtE1JaNrByJu"
    "FamwviNzJ0HArOfZ0OI7qL4nw3tmm1TWW8HYVTaHyfGCi3hYEWmKjQ7Q67b1B1Z+hEdIx+"
    "Ru9G4YydvzkEQnAhEc3KdukxE19BlfxuPCYC6bY2eMwvWog81CkRN1YTzLloUsefBwMgI3"
    "GAVoYdz7O6f/7wvLo+SR0il6gi2XyFKHfoUZLJUJhATmI32gLvRb5FfEDLJSg5IxebVmZD"
    "jtn61warUkXtjcol+nblDax5914b4mpocYV8wb/7vv337oD256Vx9bgh6mDLbKT0EV4Kxd"
    "AU6f2SkO5HubQ4pGiINb9zOHH2YFOTxO1QjgVWLbXkKsEtu2mdiWGw20QfVmX4GNr5F1Kr"
    "PYp455ZuvWJFseDy4+IY47pmZgv7K5biApmnQyZSCQGguUFqWA7PuSvpfSK4ipBORGmYZ2"
    "b7ncAxGTz6mLMipDeZJM9YXNdBP6AwvubcvIEMY3fbOnqr5Hbq6h4poj80alYkwiE+K7Kq"
    "tYg7yxJAMrYZ4ibeDuvZmYPPm1aaCbjqtZ3+N0DcR7/SEf++UWVhXIV/MWLreUCp9TlKaB"
    "n5LS7fYV4tWMFRmkCnKlTtdAnY7OTKVTl0W3jGKd2gIVvCXgjW78dTJY/GAJWFO2CtHeLj"
    "JT3EOP0sV4sHOsqM4B6XmcjBYe5SSoMMNG/6OGR4byf9TwhsSS5ytwD6ZUG3+6VJaysYTP"
    "7qbbOf8lq4rPZm8oyv9w6w+qiQGXNYB0x2Ez6GwSvEjmopaPNIHAD+j0qXt1LpJ00S0oKv"
    "YCIUM2ygHwK3zBye8z5umylhC0OgQfv3Pn+Fm8YjB0MjoseIXIcGheARgOyJB+nVog7wZV"
    "fnB8Cv0EKv6DiLEOgto/E31BRpTYzHloE86EM/LOEc8Pb4Xc5LJuEYeOcF3Yb6yViwH5pp"
    "nIuu4nWysbzY5tNOL/CkAH/Rso/B2dnJSxxpyc5Ftj8FoiAfirR53sYLGCPOsoUQORPjwt"
    "AfRhUuOPnH1xmi6pblq6xKgCznGqJgJ9VBRdsET66G0+1HgtEXW63A3TWBcFecTpmlQbbM"
    "vnfPKxfnRyWmWihxTNC6tev1H3WZSRWcqnQs7FnFUpcyYl7N1Yqu51y565lSpmREiaMMm3"
    "HcMUakZVFpY4VZ0nfJ1cdBbXpi4zQEdapQZkjFQVgSxfBHK/nHV1YcDeeetCY0hVNscpt5"
    "LBqVyyqzF5qwVFn7looNIMlQt8nyFW/tht+mNVcuz6k2N34zH8RB0T3vCcykpyrQznYbJL"
    "u8iPaDI2ASFa6ozlI559x5dwRzlM+sQcSk1OdGdBJjCrvicSM5NAl6EDW73muQv0hkn3Gz"
    "AKrz0AF/zcPenbmhkGjpMZ+rz5u6JrsYO9HjDzD2QfLs4MuWcuoboxlrcUJBYPbtUmowU6"
    "G40x/QJEhs4N3aTvCaeU4Bv8w6SGJXL7/vH69eHRK5dO2BfdPpiY6BUlyD1+58D74Cctnh"
    "J++zMwzIH0xnQRuAgf8JlGooytU9L9p9ICa5kWWB8LT408rBux7+ieRyfTrOr7uVM9StIk"
    "18jaqklG1teqan2CVMVa102xTwnou5F3PrpsNs2ScuSFQtnmAbuUlGlQW+Cwi8POO8YAJV"
    "hb+XvyP2Y5IC8EFQHE6cQ6khAsuJ6WUVYeZc0buArKaVhQTo2gPiy1Ox8W7M6HGbvz8puo"
    "fABCBmkTDIqbdqgnYNPyClSUBl77xoIVSfxrNOXXj/6EOd7YXshq5ZoIOK2mhuUM0KCa51"
    "sO4FGOyMaKsuo0+2fB5jppLJcUC4q18vQW//LT2os2ET1LZ3r4GQxTW8ecCdA1iBgmK0ej"
    "qGtmGQj5QFKBCLwP+TXPVBbBjhUWtaE1dqWLbmjRr7LsNxWlUR5qFQRQwyCAh8C8943+6q"
    "WZcM/gLuupjn7K5fKy1wDqcw+t2I1giSWeMwRKv/JzviCJRuiy8iNs/SZ1PEu3hc8b/czX"
    "U+p0eq/w9Drds7BEL3XMKQP4hK9a3PA9GXIKtJ7GqW77RYA73f6ro5PTVx/PLttkxGbofm"
    "ciD9YyswTSrd1bOvmxdpo0yUvBF8mE1d631GNncQFrGEsp/P0yS1gUIR4zMtFNWpCDG0uv"
    "FXxLC8zLL1hJzM/axF+r/X0jRv7YZ5oGOj9QOEXYCMS3HzIsUBxbWcc4FMUMx8gaAX18sp"
    "ex7ucb9zNs+1s94bje2G4klmckDmZ0K4EcpWkkzsfvSgF9/K4AabyYOjQKfnm+CTIO9r/6"
    "11fZYMepkhYky/DIX8S2+D7GUBWAjHgUr9rJBbodtwfhAMlVW5nxVtpA982Mp/xSz4LNts"
    "49DXTCVRidpFWnWdaZ0zuxy9eMn8osv5cQq9y8bebmbdvTUbM1Yn2Ojt1Y5c90225lmOVF"
    "e7vILm9Aj/KGeeiMJmxdGr3byyPwsDom/IV1Kv3D7ygw0nyPf7GZZ1tfqCw+ucwo88vMto"
    "UFHM3ouSEim7+pKOXpH14S1L/lQ9Fh2Rwqk0NROxS1pPfi+EBZSxRzdPD8PxvIyRBP9eM4"
    "neA5PT7EQpy+y2AojxlEQ8Cdc3tz0faf0P0iAmHYHF7mngwtrsk2UZEU6EM9aijN/lQWKR"
    "XojOiD7hyQAYZhBjVA8aFwlpDAFYA0LsUcP1EcFEd5BLnBgckkUgZ18gd1WZDXOGLmQg5F"
    "zdLFPSNLTlzvy6jzubQ3ZfeMJ79m90ke8BKe0JndP/r15tx1WaIr+3p2a5zbCWrlUNmxQ2"
    "U6c0GszvGpPF21LUJeZ1mtddP9dPFLG9SJwUUXi7YNQHlIrqa7EZCVKXrTpuhgc6kCcpSm"
    "kThvxhQd25jTeD9Voi1Oq2q0la/Rlt5kKyCfJlbQl4c+KRqnwc/3mmfRNmK52bbjPK2IrM"
    "KGQp+YYkQZRhi2BYuIZmWYS/J32xhR86yqx2UK5B/n18c/TpXHF5oiLBjVhJo4VfNwflNK"
    "enxTID2+SUuPwdpQ9Ri7KFXzoD48KiM/Qq+CCvkp6VH50VdaxvfN7ZZXJ147G1PjkZpodU"
    "hxeE/Kw/dvz866/T6aGLo3N9c3m7QxkLMfu2c/kZd3Pjh3LdK7Ii9f+M/wok1eiGd48V0F"
    "c4QcKqfCQ/4ZFXGqBqW4r60QE3Vd5launBGnat4+sn57mkQs92DDfCUgRdgEtLevh/EpPA"
    "HVqhaaThEq9KujP3XZZOrJgiNVquil6NQCnlF9BDCS5VqrA5xJq0BOgzwTLkvOZq6xsk8q"
    "OUaNV5LWp5vrz73z7o0QGPsgXYOAXpOzhMyZKytHTarM9ASVqsmZMcnvLZf7q201cNOEag"
    "1Jw6vCOje/OITBJGURDikUviWiAmLnjJcODYhRKZxLmDt2dUbLM8NZhYGrMPA6hizvxREt"
    "NVsrymJbcEILPAK5ur24aGVtemvA9zIcqZnYxnf6EthmxmNVxtUvZNNMTEMJtQSeKiXk21"
    "JCQlR3kxMia3xiheZWbgVQcbVdogAodiyZJjIYUyJNgITdB3WNXnCRqcBleoHIV8Byn1he"
    "SYzdxr9uB2fvyVD8LZIcLI8TYRCAPhPqeOnskA3f68kKpII+VU6pUsS/OuYIr23jmKNJMN"
    "urxF0siVTIRa1DLvIcFkWf1zc6KurGzt2UrFelX1Vd0r2TzXacrosVJfNSdpfXCsUyBr20"
    "6rm7M+CXS+b6ok384pbzMePwL3Mf4QLm0JoWNb8nIudWnDAJcpHL5igyYbqpTU08k3JuwX"
    "U89FIeaDmXPQms55jfknVu5nbvjxm9wamWSO7LgtGTK4O8YeqY/IAMMShDG9F7+ISWmb86"
    "Zw48f9jsUplzCwsboI2nbIlhoe3O8fVVeAdzObaQPdtkGIs+kBnADqEcxAb45g5I5x7GIk"
    "OT6qam4+8hHr7pY2JAV3jm0Yz7lULzC33m5uPGs19TubMqQ1VlqG5+dVcZqnXdTlWGqspQ"
    "VRmqKkN1f6FXGao1iM1VGao1YYTKUE3vtipDVWWoNgxqlaFan2V839wlKipQRbk2CWcVrb"
    "1ZfFXGweYx3m1uY91223XnzPi+ITMX36JIgQziJoG85ZCBiK+twjRPUDUJ/zVO8rjPsgK8"
    "WaQK4wyMQzdtVQ0pTrkdDWmbftMmKUgqnUel89QxpKmmxwLfor76YWY8Uq+VEdQUvdwuim"
    "uSlQ1GomeFeHM+m/gR4IjPMgBcxMtgsE9Q71/cMREXLurvw+OSwxMysZyZlxW/tImbYJAS"
    "jmvqCzEuVuFfEFz6yR84HhADJYzCZwYeECxRgfvCJ+B6bTKUDXgkwAEeOYD6rAgukmcR4P"
    "HF4ROymQdDQKf2nYMPCWMsIscI4LMDpZxPuQX/YwX8l3fHP0JtWoZGpE8YDrtXizdS8fHr"
    "FcPzw5BiDK0i18QIleG31nLN1g1ldWOmiiXb91iyZdhz+Y1iSdIkjXbLVhtRPbAi7iGNAn"
    "5l4J+wCxfh32jT8JbZUKI6XuEStLYCeYodQrAsKt5WxIgG12/bMguUjUzZyJSNrLSNrGMY"
    "lHNxSGMrw0YWvdwuspHpomNkFymT/jelLmeObhNJLasmCBuR7MjfE+bYC5Fv1/+x8+ro5F"
    "ScEEmnGWUXvn24StlrKj9tt/lp4v8KQAf9G7jCH5ZSaA8LFNrDtEIry52OdZ5RnSIf5ThV"
    "46b16XEJoE+Pc3HGS4lKiAabZqWG4FG+OfGOS4qkVdMyPPIXsS2+j9JiAbCIRcyUmcpHSK"
    "YetOM2ShwglY+gYoqfg2mZfp1aMNwKbI5TroHNNYscbBKXbZ17Gohmq3zOSVrF6TpzWqn3"
    "Sr1X6n1p9b4PPOplavb+lXaRUs+hj2aV1eevHUqQ4hUGiDhmUJUGqxzeE5fewyowDgojik"
    "AUTCy3nBnFQofkpR7o6/rEshffpRX8NY+PkS5XzG+0MIAFpjRW+YmPJQrjkMvOGWFfqCtu"
    "6rL5CxjTFE+hE39GAwptwlnQQ5oauAxosQwZjWPxO8eYuS7WciTDUMIQETLifeTF+CPAza"
    "hjtoHAMWVv7Crf4wVXpos6LqjtAtNFOGHScOd6COJETXIQrC/QnHkrqnRxSqXS1VoErJFK"
    "p9i8QTbLza4yj0MylcxQZ/669AsINyut1jFKpa/Xmcuq7EtawlRlX/a47IvyGzyLdUvZGZ"
    "WdUdkZK6TaCaNTRo6d5EZRcp1fVa98wNALjhE+bIZGNMxVu2e2SU0iv0ROxvCnrL49mXFM"
    "dyOSyaIN89lEAJChc5ofRLS+W6CZcWiMdeeBamLAIWA3Gck63XSZtSc68PfEYd4YnoWMZh"
    "7xyfiBSw3mmkMydy1PWDNL2vyUoW+3hj5kbtU4pShNA7eRkzIi2Um+RHaSEsgCwDT5ja6C"
    "dYS0cbP8sBTihwWQH6YxpxPdqpRPtiRo4JQ+OikTFQa98vPJTlJxYQKwFaZ0kq5x83kjSt"
    "1U53wOW2zleMcUYQPn90bCSx3LeKwcwhuhaZ61Yv07o/4FBBNXm7mVluo4VfNw3tQRB1PA"
    "qdJ0XhI0EeNSCBfgm6q2zOyVz6IJaOu8Nrdu+90bPICmc37Zu0rqpdtUZyKx6Z7uzTJi08"
    "uhHlLXGvfO2aD3WRz9c97rdz5cdM/rAb7/Apqf1FRlYckgbd4SsxGpRBn3c9FvlHF/aq7I"
    "5jilYnOt2Swi+232YDmrpgVEiVWcQZ15LY7EthcyAVn7fca8jC2zqAJDzgArBVrWjM87Kk"
    "0S8XlUY0WScnvBrq+THHi9D6innKq78QF+pq51bxkiRvkMmloZ/sBUn3aRb/BLpDdMB5OW"
    "dhRy6+sr03qwMAnAhB5onsODeUcwp0ziMaITsbb7Ifz+aaVZ/sBvGKlMUL7cYSL22vDc1I"
    "hIqUL2d+zJS7KpLOAp9tZYFa6VQf65nD78sdcfdG/a5FOn3//5+uZcu+lCZzRHdC87vQsN"
    "ELr62K2HSQIXwMoekhhRnZmx4vRff0kI3fOwWHKV01aiJCo1KEsYVYad56AF7ldqkMocWT"
    "GnAF5tNlnta46TKptO3fhcE122A5qnMW5lVcSTV9qFxfDCPk/pqvmMXXN453M5r+AbRYZ8"
    "FfALdXlmyna+7BshaaDke3RSJo8JehXEvaUymfCjqoCw372B6G7Gv8kcLzNJLL/cXIRE1Z"
    "urWG9up5vZ3/8HRzoTxg=="
)
