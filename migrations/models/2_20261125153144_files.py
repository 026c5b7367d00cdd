"""Files that users upload, and the objects in the store that are to be removed: those of every row that goes."""

from tortoise import BaseDBAsyncClient

UPGRADE = {
    "sqlite": """
CREATE TABLE IF NOT EXISTS "doomed_objects" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "object_key" VARCHAR(200) NOT NULL UNIQUE,
    "attempts" INT NOT NULL,
    "next_try_at" TIMESTAMP NOT NULL
) /* An object that no file needs any more: removed at `next_try_at`, and tried again until that succeeds. */;
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
CREATE TRIGGER "doom_object_of_file" AFTER DELETE ON "files" WHEN OLD.status <> 'FAILED'
BEGIN
    INSERT INTO "doomed_objects" ("object_key", "attempts", "next_try_at")
    VALUES (OLD.object_key, 0, coalesce(OLD.expires_at, OLD.created_at)) ON CONFLICT ("object_key") DO NOTHING;
END;
""",
    "postgres": """
CREATE TABLE IF NOT EXISTS "doomed_objects" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "object_key" VARCHAR(200) NOT NULL UNIQUE,
    "attempts" INT NOT NULL,
    "next_try_at" TIMESTAMPTZ NOT NULL
);
CREATE INDEX IF NOT EXISTS "idx_doomed_obje_next_tr_d83789" ON "doomed_objects" ("next_try_at");
COMMENT ON TABLE "doomed_objects" IS 'An object that no file needs any more: removed at `next_try_at`, and tried again until that succeeds.';
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
CREATE FUNCTION "doom_object_of_file"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO "doomed_objects" ("object_key", "attempts", "next_try_at")
    VALUES (OLD.object_key, 0, coalesce(OLD.expires_at, OLD.created_at)) ON CONFLICT ("object_key") DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER "doom_object_of_file" AFTER DELETE ON "files" FOR EACH ROW WHEN (OLD.status <> 'FAILED')
EXECUTE FUNCTION "doom_object_of_file"();
COMMENT ON COLUMN "files"."status" IS 'PENDING, READY or FAILED';
COMMENT ON TABLE "files" IS 'A file of a session. Its bytes are the object `object_key` in the store, there once it is READY.';
""",
}


async def upgrade(db: BaseDBAsyncClient) -> str:
    return UPGRADE[db.capabilities.dialect]


async def downgrade(db: BaseDBAsyncClient) -> str:
    return ""  # aerich asks for it; the way back is a backup


MODELS_STATE = (
    "eJztXVt32rgW/itavLSzFs0k5NKe5okmTIczua1AO7fOMootsE5sibFEaM6c/vcjyTb4Br"
    "EpEOHoKUTWlu1vy9K+65+GTx3ksb0zF/IeYgxT0ngP/mkQ6CPxo+hyEzTgeDy/KBs4vPNU"
    "fxZ2Uo3wjvEA2ly0D6HHkGhyELMDPObhbRptYFPygAIGZcseGLgIOhZ2BgAzwF0EPMg48M"
    "WYcIQAHao2hjxkc+SAuwAS2z0FmAPbhWSEGKDEewQT4qAAQOBR+z4mCuh0Tz6TQ23xUJiM"
    "nuf2E4L/niCL0xESzYF4iD//Es1YkHxFTP77Z2PCUCAeQiFoc/yALMjlP6JJ9P2zcY8e5e"
    "W/JOH43hpi5DkpnoW0qt3ij2PVJhgY/KR6ShDuLJt6E5/Me48fuUvJrLvASLaOEEEBFC+b"
    "YCGZeF7E7bgpfCvRwIMJmr2OM29w0BBOPDkRJHX4BPO2hmVdXfetXqdvWY3cJIkpEoyLmg"
    "Tz5ATDhDP1/j78anmIjLgr/j1sfQvvM8ch7CVv+Ll9e/Zz+/b1YesHeUMqZmk4fa+iKy11"
    "6ZsaAnIYDqL4M4eZYy6IKiA9I1gP2HHDHO35V7Z1uFv7+yXwFr0WAq6uScTnCI/Fp0kJrI"
    "JxgmQllKMJqyfIB6VAPlgC8kEeZLWIV4F4RlA/gDcyixmHfMKKEe6Qia9Q7oqnEtsJyqE9"
    "p9Z51Wi0z/rdzx1AA9C5Ou+cZ7faba7YifUDE4IKNsMPlHoIkgUryIwoA/idoNIH8dIzfA"
    "moH66vL+TIPmN/e6qh28+g++nyQ0csKQp00Qlz1dy96megjiSnKutIgqR+K8n6J3MkhgoA"
    "J4Tnce4SvmC5ztJlwMZh647NavG84s+b1sHR26N3hydH70QX9aCzlrdLGJCfv1LSt2KoYA"
    "G+5wIbjn1UDHIBeQZmJ6Lfi3/s3gxfAmi/e9np9duXN6nl5Lzd78grLdX6mGl9fZKZ/bNB"
    "wK/d/s9A/gv+uL7qKDQp46NA3XHer/9HQz4TnHBqETq1oJPEJG6Om1L8TmlWVTidIlwDj3"
    "X7sOrEZDtAEvgVuJymNGzWms2TsbMim9OUhs1aszmye1WQMOcURsB8WsBM2B3LApwg0Vk7"
    "fVaIpZl2eF9oQZTw5eH+iQYIj8gv6DFnGciAHBnnP0XD7BjY3+LZFLfOP7kATmd27eQkE+"
    "8u3hiFSuhZu3fWPu80sovEGhD9JRxlt9aHsnjOV8UUnOL24OrTxUVDzdg7aN9PYeBYqakr"
    "r9AWzbTM+uYv+S0/2wKJ0JGc6C3kM0eYX4baU6PA+xRfai7zPEXaV2nPExFDSPcMBJHP6h"
    "UTcCHVFo9V5DIqRfeFfCEDGjgomPmSHDTmLhgG1AcHp2CAmRV7kgbAh8F92IsSBMZQdOQu"
    "5JG/Sd0FMJdO2R741cUeEjcP0Nh7lGP3+red9mX36iPAnH0h0wBzFMgLgykN7tWnM2iCqY"
    "ttF/gTxgUlQVMw8BBkyJoQjr2BeB6OvvIBgMQBAyH7MkrECw/kAxAAAzT3hjECx+JRuHjF"
    "AeQc2q6PxAQcAJcKLqt+YxhwFr6AJCVUvIgYvbQDLHrjaJImgAoXWgFq6AgT9xG3trJ+Mf"
    "l7bjVNvKZxmT23yyxkXg7phbarWX9jsyqwWWW+jAo27gylMXSXN3QHdJHT92lfTkyrs6zc"
    "+NTr3DZBu9frCoXtqi9dOr3fe/3OpR4+HbmT5PHvi9YFTveov86Yr0Wd7/zWT03xGMTXl+"
    "3ffkhp8xfXVx/j7gnQzy6uP2TATmzwecz/3bu+WmAjTZNl7SrY5uB/wMNsFxfxJSyQgCxn"
    "QRbtZtpKIgfIsmAmjFWZ9CmiOtg+tj3xX4TPfqY5NMHZ9eXNRaffOW8KfeL65kb++Kndve"
    "icy/Vf7IKd29tPN31dHPtDTDBzrXCar8ql3CAafyiNqfuodCul+AIkBnf0YAUKAhoIVJ1K"
    "oXBpKo2B18Y6GyLmzy0hZfeCHGEd0N72fmCC5DYd6hlQf8wtTu8RKdh3F1oIcnQrWQp0w3"
    "vNhgJbYOQh+RTVAS6kNSDnQeaUQ686vlkyA20e2okKq2J0Etgr216yY2i8Ljdubq8/d887"
    "tyqcttfvXra1kbxnPoUqm2GKSGPgV9wQT45KoHxytBBleSkTjZhwWuRwfiISMU1qohB1Dm"
    "kxAWovgs2hpWElPmdIzeesM59NhNqG83lmDv8KEKeIDMpPo5wOvygLc5pKZ7u3rtGAbJ5f"
    "/53ha5ls/R2DvWwcW3rGPR0aGC4Ea4A3EY62WytHWWRTS6aJuaxvzGUPEefMg9hvFERdzi"
    "82l1f8II5ly35lQy8JwA7yx5QjYj8CAU0cTkmc92DqUhnbKLQbJitrjBAPgwqHOGAcQMKm"
    "KGiCKeau+IfKGEIwho8ehY4YQvBh6GGbF8RtbummBfGNqYoeiYew5HfzV3H5jziVMI5nVN"
    "GepuqHBiGMWQZWwjxHWkM5aTPuofBrs1zI3GrCf5quhniv3/q4W1apbS42dTJWzLaUCp9T"
    "kqaGn5LJqdtViBPyUlWo06QGcpPGqEEaY3JmbtVisdPopj/lp1FW25mBtwS8yY2/GNfnMW"
    "CcU+oj5/ruP0hZHHI2jNT15jIzhqN6WlR1LW/JCPuHyY6EgqFMziQIOQxA8gh8MZPegwD5"
    "9AE5QHQZEPSVWzx4FCLyoKnSLQWD5LWRQB8ot304GJvYthyn0JSx+bvKBNa27DUayWKmjs"
    "NUauqQBgBB2w1vqUgwA+F0cKIsU/QgKGzIbOgg4FAkTSqngCH5j81+dJCNVYnYH/f3D1pv"
    "1GNCb8939kCXfyGSgUy+lPyi1aOK35Gpd5bGCh/BHQIj+UR3Ki6alEwurWQ9+YBHC8O2Cq"
    "WFgmCt6GPS13wShmr9q9U6PHzb2j88eXd89Pbt8bv9WcxW/tKy4K0P3Y8yfislSsQBXUvy"
    "QtV8rmpPSVPVzpa1EUMK5Bz546J0roVTPUli8nALwhMTq2tVg0mG1FhMdLOY5NSe55Fzfs"
    "LqdXPyjWpfKtfIjbp0TQy1qydrW8g9mYk9los9OS4DEQkfg/nyOwBCilC1KrgQPZryZyBL"
    "WdhIelOEgHDbaZ//XlRMY7M3VFU4GP4vstSAqhTHVMosUyglJUIngsKRQoUXE950rs5VRp"
    "yUPFTJTAY4lQwMPUJSKnnFwN8TymFYzEOVyKDkVLxDmDH3hUi5xIVKiomePTGa9B+J998D"
    "A/R1jMX0lEJZXCQEiX4Kjug5pNC1FxXnyEg/HiWjpqTz0FDITXTCJaV6PSGA3Yl26Z66m0"
    "gxkbJIWGOCltFVK3FEzqiEJhtlOhqv1DN7pdTfCkDH/Wto7modH5cRm46PF4tN8lom++4r"
    "R6Q4OmdJkmOSqIZIH5yUAPogu2MnitGf5GscOxiGGFXAOU1VR6BbywTSGdKtt4uhltcyYX"
    "6zfbGa5pumq5NCsBUlOMEAF7aOT6pM9DlF/eJY1+/GfhE1HGbyqpJ4ZcJYKIRmZe3n8c0N"
    "IfYmQaV09QRJHSb5thPV9bGkabW6bMSWhpk1DqgtdKRVCrClSE0FtvIV2HYrPEkXBuyEtS"
    "2tcsXWkapsTlNuJWXOmFRXY/JWq/m9cNHA5HWZoL9dhthEoG0zAs1kI64/G/F5fIcysa7A"
    "dRjl2y32HAptsPwxzgFyEOEYeipESDrArseItLtvZP0oyLEYUzq3xlQgqLxh6oanYMCQoO"
    "UWQ9BD4cHL7U7vTev45M3Hs8smuKMTGa1ElXcMO4VnOG/r3mFMlEwdCzPBwCigk7EkY2Jh"
    "l45ErAr3o/DCKwZ85N+hgJ3OXIehB5ICX8ZG4XIpY4pv+TwxdQ+TEmacbzrt9Bs5oTj1mV"
    "bRFnKEtUB8+3qDQtHFRcnzyxSHFFktoE9P9jIei8UOi5y/Yss1RvXGdiMG2ztVGi2oBHKS"
    "ppY4H70rBfTRuyVIy4u5Uj3iFxfCTx7sxQcHpKnMuQHfcW6AsZKvtIHumgHVnH36Itiszh"
    "cXOuEqjM7SmhqCOnN6ptZXkFGSNHXwjBgD/U5CbAz02zTQq49+DZh+jMfZrTWiLKbJtVEn"
    "q3zbltE/fVn3v1FgnU9ebi6z0kPVMXGAQBlz/VhoWJRAD4TUQFEr63nYkZ0CSuTxspyB3s"
    "9taRKXlut7NC4qrfbdw5VJRYm/DWPtNtZuXbbNjVi71cdTudBZmqp203oD0eE2HRelPiw2"
    "Ts0pjGHKGKaMHluj8E3D5RW5bOxSL4XTxmZibCY66vdP2kyeR70XXwVRWaU5zT660lym1N"
    "uqT0l1vkd9pEpKhCUeXDGsYLUKXFPVIGAYeUanhDXFY8qINHFV1a44UCFrsnQEBCM4PgUD"
    "7LCBKryhSHFquLzqv91bPxkop26QC5UzNb+0rPkVcasSB+Y0Ju+8IiMSx3WIty3exp/Oio"
    "5pdd7PG2xiuwAy0Ov0et3rK0vst1cfdUmJFqtcFaND1N1YHF6MxcGkEhoFxSgo+oO94wpK"
    "6PYt0E9m/uDF6onyqZbUTiR3w5wXlSQj02fYKfgPxSROmIEEiBHwA5QkwBa3yysaK4+y5p"
    "LAxp9YM3+iRlBvxJs4/yYs+U1UAbqAtH7BZet3LGZgs4bUc4rSlkoDnxhhLfhrNOXXj75P"
    "CXe9xzAexlJlWquZGBYMsJK9QbeZ/yzmht3SvnRRhHdP/TKJCHVlc04FfEaN5VJl1DcW6S"
    "3R5ae1FytKzS+nxLTjut9jD8oa4yRO/i+KhlzWtdCFkQxRTYU5mgBIHRUWs6HVdqV79kQc"
    "3RhqMnF2EuIlRtttp43oBvf68kay89iYwnfUFN4TPOoWZuFEV5aKk0z0sXDZ3JtrgoCkeC"
    "MFQ1ldykXAduUpfHQIAjQUG5gb5s+wMKZGgMoxmahT9MBrGOfWQB97jz/kxc81jy9LXl3R"
    "qFEWupLn7TjvhUybGkteguCyfQaoPPxP3jSgUyEEY0c9hRCBwxmtDvFjNO4RpgUx+Miis2"
    "1k8S7MvhB7EgSI8OJDcqKL6UcQN0PEaQoC4oS9ZdfwPV4xk2ak4za1TMqeT5g83AuNd2mi"
    "OsUIre2wuoDyFbWXNKXRXrTWXjRKvzBs3iCbw82uMo/nZCaoSWf+BuhBCDcrrdYpSpNboz"
    "OXbQ8LedbCBXr5YskyRVQ/x/xRmVP8jhYf4neUO8NPifZCA6xWxjJNVT+cD0tFnRwuiTo5"
    "zEedGBP5i1i3jPXWhNwaO2NpO6NCvcDKGHNjsY1RvlDF4j6vmKzGI4+c3gN9aQlTQWQg/B"
    "IZcMW/YaKdP2FcnicdMlm1IWnEk8V6bMgKgnHXfwt1UHeY9GipAQdRtmDq0O0oK/I0PkJb"
    "HW4dkbG9ANk0cAZgGmCurJkm/lebFa25xNAnmVs1BjhJU8Nt5LiMSHa8WCI7zglkMWArRK"
    "MWkNZulh+UQvxgCeQHecyRD3GlUuMzghpO6dZxmVBf0WvJqey5YF8F2ApTOktXu/m8EaVu"
    "DBmbii22cm2yHGEN5/dGkjcItu8rp8ckaOpnrVj/zggfhGASVD0VIk1VP5w3diyEwKnSdJ"
    "4R1BHjUggvwTeLbkC9BeA+XdkhptV5bW586nVu5Rn37fPL7lVWL32eCEYBJ58UlHQoh/qc"
    "Wmvc22f97ueORP6822t/uNClmEb0AlZUgLjKwlJAWr8lZiNSiTHuL0S/VsZ9k9D1Etisqn"
    "B6dITJqiU8k8QmzkBnXict7HlWL8uKzlJuL7RyP8vX/e/YHLeWAK1JyuRnFOAhtlVE7Jms"
    "4VDgfcr1aS7zRD0keqvqBKXdUgx/fePgEeaqOEsTSGMQchKnLEOgVpIoYHw8CcT0L/Q+fc"
    "dIZULAw/UsYR0M6eXPhABjAsSf2W+UZVNZwHPs1Vjx0sr8O/8MVtF0E+Q6I9647Xzs9vqd"
    "2ya4afd6v17fnlu3HdFZKr+dy3b3IionqYcCrOrDVLXHp4h0ZsaK038DNX04R/6YF5h5Fk"
    "pMSRKTiGLqwlSBuk46x24lopg8hRU1S/FqE3+1rzlNaiwIuvFZE122LTRP220UaLDRlebS"
    "YxLnfZ7SVRczds3BhC/loIHvFBkWq4APKGCFCcKLZd8ESQ0l39ZxmawZ0WtJlFUub0Z+VB"
    "UQjrrXEN3NeNMo4YUpSYvPBEiQmHMBKp4L8Kyb2bf/A2wILWc="
)
