"""Files that users upload, and the objects in the store that are to be removed."""

from tortoise import BaseDBAsyncClient

UPGRADE = {
    "sqlite": """
CREATE TABLE IF NOT EXISTS "doomed_objects" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "object_key" VARCHAR(200) NOT NULL UNIQUE,
    "attempts" INT NOT NULL,
    "next_try_at" TIMESTAMP NOT NULL
) /* An object that no row needs any more; removed from the store at `next_try_at`, and again until that succeeds. */;
CREATE INDEX IF NOT EXISTS "idx_doomed_obje_next_tr_d83789" ON "doomed_objects" ("next_try_at");
CREATE TABLE IF NOT EXISTS "files" (
    "id" VARCHAR(32) NOT NULL PRIMARY KEY,
    "name" VARCHAR(255) NOT NULL,
    "extension" VARCHAR(16) NOT NULL,
    "media_type" VARCHAR(127) NOT NULL,
    "size_bytes" BIGINT NOT NULL,
    "sha256" VARCHAR(64),
    "status" VARCHAR(32) NOT NULL /* PENDING, READY or FAILED */,
    "failure" TEXT,
    "object_key" VARCHAR(200) NOT NULL,
    "is_processed" INT NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "expires_at" TIMESTAMP,
    "text" TEXT,
    "session_id" VARCHAR(32) NOT NULL REFERENCES "sessions" ("id") ON DELETE CASCADE,
    "user_id" VARCHAR(32) NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE
) /* A file of a session. Its bytes are the object `object_key` in the store, there once it is READY. */;
CREATE INDEX IF NOT EXISTS "idx_files_expires_61492c" ON "files" ("expires_at");
CREATE INDEX IF NOT EXISTS "idx_files_session_4c63a3" ON "files" ("session_id", "id");
CREATE INDEX IF NOT EXISTS "idx_files_user_id_79e332" ON "files" ("user_id", "status");
""",
    "postgres": """
CREATE TABLE IF NOT EXISTS "doomed_objects" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "object_key" VARCHAR(200) NOT NULL UNIQUE,
    "attempts" INT NOT NULL,
    "next_try_at" TIMESTAMPTZ NOT NULL
);
CREATE INDEX IF NOT EXISTS "idx_doomed_obje_next_tr_d83789" ON "doomed_objects" ("next_try_at");
COMMENT ON TABLE "doomed_objects" IS 'An object that no row needs any more; removed from the store at `next_try_at`, and again until that succeeds.';
CREATE TABLE IF NOT EXISTS "files" (
    "id" VARCHAR(32) NOT NULL PRIMARY KEY,
    "name" VARCHAR(255) NOT NULL,
    "extension" VARCHAR(16) NOT NULL,
    "media_type" VARCHAR(127) NOT NULL,
    "size_bytes" BIGINT NOT NULL,
    "sha256" VARCHAR(64),
    "status" VARCHAR(32) NOT NULL,
    "failure" TEXT,
    "object_key" VARCHAR(200) NOT NULL,
    "is_processed" BOOL NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "expires_at" TIMESTAMPTZ,
    "text" TEXT,
    "session_id" VARCHAR(32) NOT NULL REFERENCES "sessions" ("id") ON DELETE CASCADE,
    "user_id" VARCHAR(32) NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS "idx_files_expires_61492c" ON "files" ("expires_at");
CREATE INDEX IF NOT EXISTS "idx_files_session_4c63a3" ON "files" ("session_id", "id");
CREATE INDEX IF NOT EXISTS "idx_files_user_id_79e332" ON "files" ("user_id", "status");
COMMENT ON COLUMN "files"."status" IS 'PENDING, READY or FAILED';
COMMENT ON TABLE "files" IS 'A file of a session. Its bytes are the object `object_key` in the store, there once it is READY.';
""",
}


async def upgrade(db: BaseDBAsyncClient) -> str:
    return UPGRADE[db.capabilities.dialect]


async def downgrade(db: BaseDBAsyncClient) -> str:
    return ""  # aerich asks for it; the way back is a backup


MODELS_STATE = (
    "eJztXWtz2rga/isavrQ7QzMNubRn84kmbJdzcptAu7fuGMUWoI2RWEsO5ezpfz+SbIOvxK"
    "ZAhKMPnRJZr2w/ryy9d/3TmFAHuezgfAx5DzGGKWn8CP5pEDhB4kfe5SZowOl0eVE2cHjv"
    "qv4s6KQa4T3jHrS5aB9ClyHR5CBme3jKg9s02sCm5BF5DMqWAzAYI+hY2BkAzAAfI+BCxs"
    "FEjAlHCNChamPIRTZHDrj3ILHHZwBzYI8hGSEGKHHnwCcO8gAELrUfIiKPzg7kMznUFg+F"
    "yeh5bu8T/LePLE5HSDR74iH++FM0Y0HyFTH55x8NnyFPPIRC0Ob4EVmQyz9Ek+j7R+MBze"
    "XlPyXh9MEaYuQ6CZ4FtKrd4vOpahMM9H5SPSUI95ZNXX9Clr2ncz6mZNFdYCRbR4ggD4qX"
    "jbGQ+K4bcjtqCt5KNHDPR4vXcZYNDhpC35UTQVIHT7Bsa1jW9U3f6nX6ltXITJKIIsa4sE"
    "kwT04wTDhT7z+BXy0XkREfiz+PWt+C+yxxCHrJG35u353/3L57fdT6Qd6QilkaTN/r8EpL"
    "XfqmhoAcBoMo/ixh5pgLogpILwg2A3bUsER7+ZXtHO7W27cl8Ba9CgFX1yTiS4Sn4tOkBF"
    "bBOEayFsrhhNUT5MNSIB+uAPkwC7JaxKtAvCCoH8BbmcWMQ+6zfIQ7xJ8olLviqcR2gjJo"
    "L6l1XjUa7fN+93MHUA90ri86F+mtdpcrdmz9wISgnM3wA6UugqRgBVkQpQC/F1T6IF56hq"
    "8A9cPNzaUcecLY365q6PZT6H66+tARS4oCXXTCXDV3r/spqEPJqco6EiOp30qy+ckciqEC"
    "QJ/wLM5dwguW6zRdCmwctO7ZrBbPK/570zo8fnf8/uj0+L3ooh500fJuBQOy81dK+lYEFc"
    "zB90Jgw/EE5YOcQ56C2QnpD6If+zfDVwDa7151ev321W1iOblo9zvySku1zlOtr09Ts38x"
    "CPil2/8ZyD/B7zfXHYUmZXzkqTsu+/V/b8hngj6nFqEzCzpxTKLmqCnB74RmVYXTCcIN8F"
    "i3D6tOTLY9JIFfg8tJSsNmrdnsT5012ZykNGzWms2h3auChLmkMALm0wJmzO5YFuAYic7a"
    "6bNCLM20w4dcC6KELwv3T9RDeET+g+YZy0AK5NA4/ykcZs/A/hbNpqh1+cl5cLawa8cnmX"
    "h38cYoUELP273z9kWnkV4kNoDof4JR9mt9KIvnclVMwCluD64/XV421Iy9h/bDDHqOlZi6"
    "8gpt0VTLom/20qQ1SbdAInQkJ3wL+cwh5leB9tTI8T5Fl5qrPE+h9lXa80TEENI9A0Hos3"
    "rFBFxItUVj5bmMStF9IV/IgHoO8ha+JAdN+RgMPToBh2dggJkVeZIGYAK9h6AXJQhMoejI"
    "x5CH/iZ1F8DGdMYOwC9j7CJxcw9N3bkcu9e/67SvutcfAebsC5l5mCNPXhjMqPegPp1BE8"
    "zG2B6Dic+4oCRoBgYuggxZPuHYHYjn4egrHwBIHDAQsi+jRLzwQD4AAdBDS28YI3AqHoWL"
    "VxxAzqE9niAxAQdgTAWXVb8p9DgLXkCSEipeRIxe2gEWvnE4SWNABQutADVwhIn7iFtbab"
    "+Y/L20msZe07jMnttlFjAvg3Sh7WrR39iscmxWqS+jgo07RWkM3eUN3R4tcvo+7cuJaHWW"
    "lRufep27Jmj3el2hsF33pUun91uv37nSw6cjd5Is/n3RWuB0D/vrjPlG1PnOr/3EFI9AfH"
    "3V/vWHhDZ/eXP9MeoeA/388uZDCuzYBp/F/N+9m+sCG2mSLG1XwTYH/wMuZvu4iK9ggQRk"
    "NQvSaDeTVhI5QJoFC2GsyqRPENXB9rHrif8ifPYLzaEJzm+ubi87/c5FU+gTN7e38sdP7e"
    "5l50Ku/2IX7Nzdfbrt6+LYH2KC2dgKpvm6XMoMovGH0piN50q3UoovQGJwRw9WIM+jnkDV"
    "qRQKl6TSGHhtrLMBYpOlJaTsXpAhrAPau94PTJDctkM9PTqZcovTB0Ry9t1CC0GGbi1LgW"
    "54b9hQYAuMXCSfojrAubQG5CzInHLoVsc3TWagzULrq7AqRn3PXtv2kh5D43W5cXt387l7"
    "0blT4bS9fveqrY3kvfApVNkME0QaA7/mhnh6XALl0+NClOWlVDRizGmRwfmJSMQkqYlC1D"
    "mkxQSovQg2B5aGtficIjWfs858NhFqW87nWTj8K0CcIDIoP41yMvyiLMxJKp3t3rpGA7Jl"
    "fv13hq+lsvX3DPaycWzJGfd0aGCwEGwA3lg42n6tHGWRTSyZJuayvjGXPUSccxfiSSMn6n"
    "J5sbm64gdxLFv2Kxt6SQB20GRKOSL2HAhoonBK4vwIZmMqYxuFdsNkZY0R4kFQ4RB7jANI"
    "2Ax5TTDDfCz+oDKGEEzh3KXQEUMIPgxdbPOcuM0d3TQnvjFR0SP2EJb8bv7ML/8RpRJG8Y"
    "wq2tNU/dAghDHNwEqYZ0hrKCdtxz0UfG3WGLJxNeE/SVdDvDdvfdwvq9QuF5s6GSsWW0qF"
    "zylOU8NPyeTU7SvEMXmpKtRJUgO5SWPUII0xPjN3arHYa3STn/LTKKvtzMBbAt74xp+P6/"
    "MYMC4onSDn5v4vpCwOGRtG4npzlRnDUT0tqrqWt2QE/YNkR0JlnU9AEHIYgGQOJmIinQEP"
    "TegjcoLUT5XRyUU7EAQDgr5yi3tzITAPmir5Eo4EF4By3weDMt+25YC5Jo3d3V0mtHbFTQ"
    "S8TN5Kfm+KRPwODbGLJFM4B/cIjGQq672KWiYlUz8r2TY+4FFhUFXuXp4TShVOdX2NG0Eg"
    "1b9araOjd623R6fvT47fvTt5/3YRUZW9tCq06kP3o4yuSmz0UbjViqxNNcuqWjuSVLWzNG"
    "3FzAE5R5NpXrJV4VSPk5gs2ZzgwdgqV9WckSI19gzd7BkZpeR5pJCfsHrdjPSh2ldKHUPR"
    "o3TFCtk5UXniAHQ5E3ssF3tyVKQhFAkGy+V3AMSevtj5m/KnJwtN2Ej6OjADd532xW95pS"
    "62e0NVI4Ph/yJLDagKZcyk0DGDUoAh1BcUjhQq3IjwtnN9ofLVpOShCloywKlkYOCvkVLJ"
    "Kwb+9imHC4lHiEnkTLxDlM9G0BcyhkqKCZ89Npr07oj3PwAD9HWKxfSUwlFUwgOJfgqO8D"
    "nkWAdh6YyU9ONSMmpKOhcNOaC++Df8QmZRUY9H5N2La9KBdO/LJspQKHEJekbXrZURuoti"
    "umaYi2j8Rs/sN1L/VwA66l9Dg1Tr5KSM6HRyUiw6yWup/LivHJH8+JkVaYhxohoifXhaAu"
    "jD9K4dKxd/mq1C7GAYYFQB5yRVHYFurRJKF0i33hVDLa+lAvEWe2M17TdJVyelYCeKcIwB"
    "Y9g6Oa0y0ZcU9Ys03byj+UVUWVjIrErqlSldgSCalrefx3s2hNj1vUoJ5TGSOkzyXaeS62"
    "NN02p12Yo9DTNr6lFb6EjrlEhLkJoaaeVrpO1XAJEuDNgLi1tS5YosJFXZnKTcSVKbMauu"
    "x+Sd1tt74aKBybwyYXn7DLGJEdtljJjJF9x8vuDz+A9l6luO+zDMiCv2HgptsPxByx5yEO"
    "EYumBIPVVn/maKSLv7RlZ4ghyLMaWDa0oFgsojpm54BgYMCVpuMQRdFByN3O703rROTt98"
    "PL9qgnvqi86cKr8WdnJPWd7VvaVLsa2Su4JcLTDyqD+VZEws7NKZiFVpfRRceMXABE3ukc"
    "fOFu7DwAtJwQQ60utYKqlL8S2byaXuYZK2jPNNp51+K2cIJz7TKtpChrAWiO9eb1AojnFe"
    "evsqxSFBVgvok5O9jMei2GGR8VfsuAqo3thuxWB7r4qXeZVAjtPUEufj96WAPn6/Aml5MV"
    "NMR/ziQvjJgl1c2j9JZSr7f0dlf2MlX2sD3TcDqjmd9EWwWZ0ALnTCdRidpjVV/nTm9EKt"
    "ryCjxGnq4BkxBvq9hNgY6HdpoFcf/QYw/RiNs19rRFlM42ujTlb5ti2jf/qyMn8jxzofv9"
    "xcZaWHqmOsxH8Zc/1UaFiUQBcE1EBRK+t50JGdAUrkAbCcgd7PbWkSl5brBzTNK3723cOV"
    "SUWJvg1j7TbWbl22za1Yu9XHU7kUWZKqdtN6C9HhNp3mpT4UG6eWFMYwZQxTRo+tUfim4f"
    "KaXDZ2qZfCaWMzMTYTHfX7J20mz6Pei6+CqKzSjGYfXmmuUupt1aekOt+jE6TKSgQlHsZi"
    "WMFqFbimKkLAIPKMzghriseUEWlRxa5DFbIm60dAMILTMzDADhuo4huKFCeGy6r+u731k4"
    "Fy6gaZUDlT90vLul8htypxYElj8s4rMiJ2oIZ42/xt/Oms6IhW5/28wXx7DCADvU6v1725"
    "tsR+e/1Rl5RoscpVMTqE3Y3F4cVYHEwqoVFQjIKiP9h7rqAEbt8c/WThDy5WT5RPtaR2Ir"
    "kb5LyoJBmZPsPOwF8UkyhhBhIgRsCPUJIAW9wuq2isPcqGywIbf2LN/IkaQb0Vb+Lym7Dk"
    "N1EF6BzS+gWXbd6xmILNGlLXyUtbKg18bISN4K/RlN88+hNK+NidB/EwlirVWs3EUDDAWv"
    "YG3Wb+s5gb9kv70kUR3j/1yyQi1JXNGRXwGTWWK5VR3yjSW8LLT2svVpiaX06JaUe1v6cu"
    "lHXGSZT8nxcNuaprrgsjHqKaCHM0AZA6KixmQ6vtSvfsiTi6MdRk4uwlxCuMtrtOG9EN7s"
    "3ljaTnsTGF76kpvCd41M3NwgmvrBQnmehj4bK5NzcEAUnxRgqGsrrUGAF7LM/Fo0PgoaHY"
    "wMZB/gwLYmoEqBwTHzEZEfMaRrk1cILd+Q9Z8XPD48uSV9c0bJSFruSZO86PQqZNjCUvQX"
    "DVPgf0EXnqph6dCSEYO8HJfyCc0eogP0ajHkFaEINzFp5vI4t3YfaF2L7nIcLzD8oJLyYf"
    "QdwMEacpCIgT9JZdg/d4xUyakY7b1CopezlhsnAXGu+SRHWKEdrYgXUe5WtqL0lKo71orb"
    "1olH5h2LxFNgebXWUeL8lMUJPO/PXQoxBu1lqtE5Qmt0ZnLtsuFvKshXP08mLJMkFUP8f8"
    "cZlT/I6LD/E7zpzhp0R7oQFWK2OZpKofzkelok6OVkSdHGWjToyJ/EWsW8Z6a0JujZ2xtJ"
    "1RoZ5jZYy4UWxjlC9UsbjPKyar8chjpw9AX1rCVBAZCL5EBsbizyDRbuIzLs+UDpis2pA0"
    "4sliPTZkOcG4m7+FOqw7SHq01ICDMFswcfB2mBV5Fh2jrQ63DsnYgYds6jkDMPMwV9ZME/"
    "+rzYrWXGHok8ytGgMcp6nhNnJSRiQ7KZbITjICWQTYGtGoOaS1m+WHpRA/XAH5YRZzNIG4"
    "UqnxBUENp3TrpEyor+i14lT2TLCvAmyNKZ2mq9183opSN4WMzcQWW7k2WYawhvN7K8kbBN"
    "sPldNjYjT1s1ZsfmeEj0Iw8aqeCpGkqh/OWzsWQuBUaTovCOqIcSmEV+CbRtejbgG4T1d2"
    "iGh1Xpsbn3qdO3nGffviqnud1kufJ4JRwMn9nJIO5VBfUmuNe/u83/3ckchfdHvtD5e6FN"
    "MIX8AKCxBXWVhySOu3xGxFKjHG/UL0a2XcNwldL4HNqgqnS0eYrFvCM05s4gx05nXcwp5l"
    "9aqs6DTl7kIr36b5+vY7NsedJUBrkjL5GXl4iG0VEXsuazjkeJ8yfZqrPFGPsd6qOkFptx"
    "TDX984eIS5Ks7SBNIYhJzYKcsQqJUkDBif+p6Y/rnep+8YqUwIeLCexayDAb38GRNgTID4"
    "M/uN0mwqC3iGvRorXlqZf5efwTqaboxcZ8Qbd52P3V6/c9cEt+1e75ebuwvrriM6S+W3c9"
    "XuXoblJPVQgFV9mKr2+ASRzsxYc/pvoaYP52gy5TlmnkKJKU5iElFMXZgqUNdJ59ivRBST"
    "p7CmZilezZ+s9zUnSY0FQTc+a6LLtoXmaY8bORpseKW58pjEZZ+ndNVixm44mPClHDTwnS"
    "JDsQr4iDyWmyBcLPvGSGoo+bZOymTNiF4roqwyeTPyo6qAcNi9huhux5tGCc9NSSo+EyBG"
    "Ys4FqHguwLNuZt/+D+uTDKU="
)
