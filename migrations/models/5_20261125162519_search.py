"""What is searched of messages, and its index; servers put in the messages that are there: chats/search_index.py."""

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
    "eJztXVt32za2/itYekm6luKJndjJ1E+KraY69SVjyenM1LMomoQsjilCJUgraqf//ewNkB"
    "LvJhVdKBpPlkFskPw2COw7/mxNmEltfnA21r0+5dxiTutH8mfL0ScUfmRdbpOWPp0uL2KD"
    "p9/boj+XnUSjfs89Vzc8aB/pNqfQZFJuuNbUk7dpdYjBnCfqch1bDshwTHVTs8whsTjxxp"
    "TYOvfIBMbUHyhhI9HGqU0Nj5rk3tUdY3xKLI8YY915oJwwx54T3zGpS3RiM+MxJHLZ7ACf"
    "yWQGPJTlPOzm9r5j/e5TzWMPFJpdeIjf/gPNFpB8oxz//a3lc+rCQwgEDc96opru4T/QBH"
    "1/az3SOV7+DxJOH7WRRW0zxjNJK9o1bz4VbcBA9yfRE0G41wxm+xNn2Xs698bMWXQHjLD1"
    "gTrU1eFlIyx0fNsOuB02ybeCBs/16eJ1zGWDSUe6b+NEQGr5BMu2lqZdXQ+0fnegaa3UJA"
    "kpIowLmoB5OMEsx+Pi/Sf6N82mzoM3hn/fHf0l77PEQfbCG37t3Jz93Ll5/e7oB7whg1kq"
    "p+9VcOVIXPpLDKF7uhxE8GcJs2d5QFQB6QXBesAOG5ZoL7+yrcN99PZtCbyhVy7g4hoivk"
    "R4Cp8mc/QqGEdIVkI5mLD1BPmwFMiHBSAfpkEWi3gViBcEzQN4I7OYe7rn82yEu44/ESj3"
    "4KlgO6EptJfUdV41Wp2zQe9rlzCXdK/Ou+fJrXabK3Zk/bAch2Zshp8Ys6nu5KwgC6IE4P"
    "dAVR/ES8/wAlA/XV9f4MgTzn+3RUNvkED39vJTF5YUATp0sjzR3LsaJKAOJKcq60iEpHkr"
    "yfoncyCGAoC+46Vx7jleznKdpEuAbcnWPZvV8Lzw583R4fsP7z++O3n/EbqIB120fChgQH"
    "r+oqSvhVDpGfieAzaeNaHZIGeQJ2A2A/qD8Mf+zfACQAe9y25/0Ln8EltOzjuDLl45Eq3z"
    "ROvrk8TsXwxCfu0Nfib4L/n39VVXoMm49+CKOy77Df7dwmfSfY9pDptpuhnFJGwOm2L8jm"
    "lWVTgdI1wDj+v2YTWJyYZLEfgVuBynVGyuNZv9qbkim+OUis21ZnNg96ogYS4plID5vIAZ"
    "sTuWBThCUmftdKcQo5l29JhpQUT40nD/xFxqPTi/0HnKMpAAOTDO3wbD7BnYf4WzKWxdfn"
    "KuPlvYtaOTDN4d3phKJfSs0z/rnHdbyUViDYj+IkfZr/WhLJ7LVTEGJ9yeXN1eXLTEjL3X"
    "jceZ7ppabOriFXbEEi2LvulLk6NJskV3QEcyg7fAZw4wv5TaUyvD+xReahd5ngLtq7TnyY"
    "Eh0D2jk8Bn9YoDXFS0hWNluYxK0d05d86QuSZ1F74kk069MRm5bEIOT8nQ4lroSRqSie4+"
    "yl7MoWSqQ0dvrHuBv0nchfAxm/ED8uvYsinc3KVTe45j9wc33c5l7+ozsTx+58xcy6MuXh"
    "jOmPsoPp1hm8zGljEmE597QOnQGRnaVOdU8x3PsodEd0zCPTZFF5ZByRB/ay6Fec2lfCRe"
    "g1MPntyj3zxBAa8IYjJnDmAzxGd1iO7SpeOMO/oUnto7IEPd83RjPKEwVYdkzGA+iG5T3f"
    "W4fFWkdBi8Moxe2lUWYBNM5wikckkG+KXLDO4Dt9aSHjT8vbSvRgBRzrVdO9ck81JI51q5"
    "Fv2VdSvDupX4MipYwxOUyiRe3iTusjz38PNen5C2zlJ167bfvWmTTr/fA9XuaoDOn/6/+o"
    "PuZT28P7iTpPEfQGuOez7oX2fM16L4d/85iE3xEMTXl51//hDT+y+urz6H3SOgn11cf0qA"
    "Hdng05j/X//6KseaGidLWmAswyP/I7bF93ERL2ABAlLMgiTa7bg9BQdIsmAhi1WZ9DGiJl"
    "hJtj3xX4R3f6FjtMnZ9eWXi+6ge94GzeP6yxf88VOnd9E9x/UfdsHuzc3tl0FdQgBGlmPx"
    "sSan+apcSg1S4w+lNRvPhW4lVGRCYXCzHqygrstcQNWsFDQXp6ox8LWx40rEJkubSdm9IE"
    "XYBLS3vR+ocLpNB4W6bDL1NI89Uidj3821EKToVrIU1A3vNRsKDMDIpvgU1QHOpFUgp0H2"
    "mKfb1fFNkilo09D6IgCLM981Vra9JMeo8brc+nJz/bV33r0Rgbf9Qe+yUxvJe+F9qLIZxo"
    "hqDPyKG+LJ+xIon7zPRRkvJeIWI06LFM7PxCzGSVW8Yp2DX1IOuarczhxA8bzOPFfhiy+C"
    "zdK6tBKfE6Tqc64zn1X84oazvRZBHhUgjhEplJ9HOR5yUxbmOFWdfR11jRXly+oL3xncmK"
    "jlsGewl41yjM+45wNH5UKwBngjwYr7tXKURTa2ZKqI3OZG5Pap7hpj9Be1MoJyI1fbxRVh"
    "sJ+G0TUlY3N/xXjQIMLW82xqLkqwiBhUHI6aP5LhiNkmlcVaLI8TNoO58YqLYFoR0Ipe0B"
    "FzJzgWdliElsYiejd6N4wD7hCBRdgOhG1yTw3d54s4XhjHZTMcGsN3PQykfYD5IsaVv4SZ"
    "BkvNjHUePmhbXAdCjmP3/3FheZQ8Ujq9c+BhLBf4ObmnblCW5n4O3QlMQvpAXeg2z4uy/W"
    "2RMhxWmckrTyNjaP9sLedTS6KEzS36beqG1YCCqbbczMScEOOKyRJ87P3bT/3BTe/qc0vQ"
    "wzzBVjn/S0fjfrIecm3omfJHhuU8+ErrG44r7eZ/Pzp69+7D0dt3Jx+P33/4cPzx7cKAnr"
    "5UZEn/1PuMxvSYcBJa1/ODdANmpziQ72JeUjRCBty6c3n5YVYQvuNUjQBe5cLtJcQqF26b"
    "uXC5IUAb1Gn2Fdj4GpmN7a6kcMc8s3Vrki2EhxefkcEdUzOwX9n0OJAUTTqZMpBFjTlKi6"
    "GI7IAsPBszlFup7qEsTEB0lOlcI8vlHkiZfEbdNplZ3hj+YShXkqk+t5kO0iyWXBzZlpEh"
    "iW/rppkyb0ysXTyEhtprjgwclZIxk0xI8qoyYw2Sx5IMrIR5irSBu/lmAvPk16aBhjquZo"
    "KP0zUQ7/XHfeyXb3ibi02TXIaLLaXC5xSlaeCnpHS9fYV4NeNFBqmCXKnXNVCvozNT6dhl"
    "0S2jaKe2QAVvCXijG3+dDBjnjE2oeX3/X2pkOhJj19tFZgxT9NSY6FrekiH7yzIzDiMjLK"
    "DjUGpyojtzMoGZ9CNx6YQ9UZNAl6FDv3ma586x7I30sQGDaNwTJwbjvmHgOJmmjM3fNXAu"
    "utYDevRArOSifNCIuYTqxljeUpBYnMjpYAaVgOgTUBg6N3STEpNRNKmcEk7xH4P/zaSGJR"
    "x3f3v79vDojXhM3T6YmAek5905yECOL4VftHhU+B0EXCxKDelzck/JAz7RvchIdUqW9VHO"
    "vlo6++R8rmpPiVM1zpa1EUOK7nl0Ms0qpJE71aMkqgJSRmJYZHWtajBJkCqLSd0sJim1Zz"
    "dyzk+WeN2UfCPaC+Ua3KhL1y0Uu3q0/iDuyRz2WA/25LD+XiB8DJfL75CAFCHqCXogerTx"
    "p0tltT9LCAg33c75v7IKHm72hqJSIrf+oJoYUMRXzVBmmekoKTnMBwoThQo7JPzSvToXtU"
    "hQ8hDHGnDiMWSg9AihVPKKk9995umy4KKoTcicU3gHWavkzkG5BGOpQHIJnj0yGvqP4P0P"
    "yJB+m1owPcMKiDg8hX4CjuA5UOg6CMoiJqQfmzkPbaSz6QjkJuaLSDPxeiCA3UM7uqfufR"
    "QTGQ+ENQ60nK1aAzFwRkU02aDGjPJK7dgrJf5WADrs30Bz19HxcRmx6fg4X2zCa4m6J988"
    "6mTHyBeUl4kSNRDpw5MSQB8md+zIgWEn6XNoTEuXGFXAOU7VRKCPigTSBdJHH/KhxmuJZJ"
    "vFvlhN843TNUkh2IoSHGHAWD86Pqky0ZcUzcsmW78b+0VUz1vIq0LixVIdUghNytq78c2N"
    "dMv23UqFwiIkTZjk247iro8lrVary0ZsaRbXpi4zQEdapfR1jFTVvi5f+3q/wpPqwoC9sL"
    "bFVa7QOlKVzXHKrRSuUCbV1Zi81TrqL1w0UNUVVNDfPkOsItC2GYGmaoKsvybIbnyHWN4i"
    "w3UYVL3I9xyCNljacQiStUkdz9JtESKEDrDrKXU6vTdYuVf3LCxSQB1zygBB4Q0TNzwlQ0"
    "6B1tM41e2gAkKn239zdHzy5vPZZZvcMx+jlZjwjllmlg9xa/eWMVGYOiYzwciDy/ypKOUA"
    "Czs6Ei1xuBqVF7CAAxVFEk4XrkPpgWRkgrFRVrmUMcG3dJ6YuIdKCVPOtzrt9Iel7CyHBX"
    "aWw7SdJfaZVtEWUoSNQHz7eoNAcWxllbAqUhxiZI2APj7Zy3gs8h0WKX/Flk93qDe2GzHY"
    "3oui1G4lkKM0jcT5/cdSQL//WIA0XkwVzIRfHgg/abDzj2yLU6kT277jxDZlJV9pA903A6"
    "o/NVdkc5xSsbnWbMYzrzXQCVdhdJJWVfKuM6cXan0FGSVK0wTPiDLQ7yXEykC/TQO9+OjX"
    "gOnncJz9WiPKYhpdG+tklT/TbbuVYZYX7e0iu7wBPcob5qEzmrB1afRuL4oAY7IMZpTAz6"
    "DyrzjO9RT/Y75nW09UpqQscm+D7Pq2sICjGV1Am2mR3/hNRWZPcOJQmPbPh6LDonmpTA5F"
    "KhFqSaeidLJMLcKkxjnxHRvIyRBrG3OcTh4eGD7E9JzAZSAcAzpBQ8Cdc3tz0Q6e0H0SqU"
    "BsBi8zIkOLa7JNJCgdkAEephcm/eD9cAKQ0MqPIGCbTAbCOzyCRODANBHp0zr5g7pM5Ozc"
    "OQ67Z+ZcDkXN0sk7kdUkrtJl5PEsTEnZPePOrew+yZJ1y8Lj2f2jH2bOXRchuNnXs1vjjE"
    "xQK1/Jjn0lU98FiXnl8xMj5HUWw1o33S8X/2qDpjC46GJQ9gD0guRCuRvZV1mZN21lDveN"
    "KiBHaRqJ82aszLE9N433cyHYcVoVg10+Bjsvt0Y7G1PjkZq4kqc9gvuRUtO/PTvr9vvi2N"
    "ubm+ubTa7b5Ozn7tkv5PVdAM5di/SuyOtXwTO8apNX4hle/VDlGC0xFABvZuyz+Xl9cSp1"
    "AnR61lPXZW4OrgVre4xK2eeen8ASsdzyd/kBHynCJqC97XiPtAJVYVdNE6tttfy2mrRoVJ"
    "n7WbR13mdrO//T9qNV2FAYyqAYUY4RfApPQLWqWUIpQrUNVEd/6rLJ1NM8NGNWKReXolOS"
    "ZEYOK2BkU3yK6gBn0iqQ0yD7wh7Nme8aKxsck2PUeCVpfbm5/to7794IzbU/6F12BnUpBG"
    "H6AA/O2EmVmZ6galKtmbVNcnFEkVwIqoGbJlRrSMZCbVviQOIMT3u+xh8jqvGKsWrce5kC"
    "a+/z66u9T5VXE55IWGirGc3jVM3D+V0p78S7Au/Eu7R3ItRPqh78EqVqHtSHR2X8E9CroM"
    "JayjuhQrBz0VcRmypis4r8uAwmKYvwkkLhWyIqYFeHP78wnHdWg+WF4awivFWEdx2jkfei"
    "BEvN1oo1VGCBRyBXtxcXuz/DfE+xLThZLRvbzHisyrgGNWqaielSQi2Bp8r2+L5sjyWqu0"
    "n3ELhfMkdsxqmkj8jVdlHqh3y9CXYsmQEyGFMivUTyXJGwMpFIIpFngtzTB93BA1WwcpIY"
    "u43/3Q7OTslQ/C8yICyPE2Ezhj4T6njpxI8N3yuzTlKU4YI+VSmpUsS/OvINr23jyLdJON"
    "ur2MUWRMokVmuTWJ5Pu+jz+k5fdt3YuZszJXZii6wd9NvVfLctmtUN7n3PxMVikXnZuItr"
    "hWIZg15a9bRcH/jlkpk+b5OgbuVMnNQ2Y+4jXMD0WNOi5o9EpNOKs3ZBLnLZLDz9zqYmns"
    "47s+A6Hv8rT62byZ4E1nPMb8k6QXi798dk3Z5H5Mm+QB7IgtFTfMOUYOqYPDjvTrunI/iE"
    "Fkm9OmcOPP+yOTgd0ICFDdCmbjAstN05gb4K72AuxhayZ5sMYwFqODyhHGQG+OAOSGcEA5"
    "GhSXVT0/H3kITZt9APnla+WnjKcuVc3HjmaypvVmWn7jY7VZnnlbupSTgrt+lm8VWu/81j"
    "rCoG7HqxVhUDVMUAVTFAVQz48XtSG1VWqcoq3RPoVVZpkxmhMjrSu63K6FAZHQ2DeiMZHb"
    "vNia7byr3uXLvAYWDm4lvkPs4gbhLIW/YjRxwwFaZ5gqpJ+K9xkscdWRXgzSJVGKsTwqtA"
    "3aQoo6WXtiqb45TbYbM6InzFE25UKo9K5alhONOzqTy7iWa6RTPdP3zd9UQoSiqiKXa9XR"
    "TVJEvf/C67loxs+hUjcHRx1O0i8FuciotBPmEJf3EvAksA8afyeN1kZHhwUxFG7pAx8910"
    "ENPmboXxSt0n6s4Jrv7kD+gGdzD1OUdSoIMxuG/gCcAB9QGeH4COcxG9Lg8WwGdhvoc3kX"
    "FR8L3MuYxGwrglfEToLCdOblX/WJX+4G6BdLJ01UuHW/qI4Ej/aqFFKgx+vYpVfsRRnKVV"
    "ZJg4pRJVay3EbD0Qp27MVEEK+x6ksIhvLr9VLEiaZKXYsiVOlLSuiPuSRgG/MvDP2PqL8G"
    "+0uX/LbChRKbVwCVpbsVTFDiFYFhXyLGJEg2t5bpkFyiCmDGLKIFbaINYxDMq5OI2xlWEP"
    "i15uF5nDdNExsouUyfObUpczR7eJpJblEciIuUR25KeEOfZcJNb1f+68OTo+EWdB0mlGfY"
    "XvH65SqppKRtttMpr4WwHosH8DV/jDUgrtYYFCe5hWaGXp67HOM8pQ5KMcp2rctD55XwLo"
    "k/e5OOOlRMlDg02zYo7xON6cfMoFRdKqaRke+R+xLb6P0mIBsIhFzJSZCnRNxrS24zZKHC"
    "AV6KqiIF6CaZl+m1ow3ApsjlOugc01CwhtEpdtnXsaiGarfM5JWsXpOnNaqfdKvVfqfWn1"
    "Hr4KR5jhUpp9cKVdpNQbok9Jdb7PJqA2A5YyjGQMwwKrTYwrmS2DUQibObwNjzm5py5cHb"
    "lsQg4X4SA6edCnp2RomVzWsAnL5USGS6v+2731c3Eo8gaq0mKd7MMFdgTJrUocWNIoQ/3K"
    "hvpHeNvsbfz5shUhbZ3385YMguOk3+33e9dXGuy3V5/rcuQcrHJVjA5Bd2VxeDEWBxWQrx"
    "QUpaDUH+w9V1BkWde8ou/F6omoFVZSO0HuYng5I3yMwv0jnfNT8l9moWAvAuN1h8AI1pOI"
    "wyAG3C6taKw8yvOuReVPfMn+xBpBvRFv4vKb0PCbqAJ0Bmnz6jGs37GYgE0bMduklZaS/B"
    "HWgn+Npvz60RdHMdjz4ADp333m6dVMDDkDNOgQ6m1Hyu6V9lUXRXj/1K+puSKb45SKzbVj"
    "c0oF3KHGckmFBThPbwkuP6+9aBPRs3TEZJDPO7V1g2KObnCMVFY0ZFHXZw+LioU5qgDIOi"
    "osakNr7Eq38yLqdWOoOhB5LyEuMNqqY6HKmW2fPxYqOY+VKXxPTeF94FEvMwsnuFIoTnLo"
    "o1llc2+uHUqQ4g0Kho4ZHhWFVV9GxKUj2MDG4WmlIqYGq4tbjk/x9FHyWg9za/SJZc9/SI"
    "ufax4fa85csaDR4oR7MKXx6K34WHhJJ5edM8KeqCtu6rIZCMGWKZ4CRGA5owGFNuEs7CHT"
    "grgsQGMZskiOxe8cw3ddPGCVDJfRwKKIjXgfeTH+CHAz6phtIHBM2Ru7yvd4xVWaUR23qS"
    "Ipezlh0nDnGu/iRE2KEVpfoU/mrai9xCmV9lJr7aVG6ReKzRtks9zsKvN4SaaCmurMX5c+"
    "gXCz0modo1S5NXXmsjr7Iy1hqrM/tiTJb+LsD2UifxHrlrLeqpBbZWesUAM7r/b18zWvK7"
    "iqZTWeVxyr8TAfjWgDtISJIDIiv0ROxvCvTLSb+BxrTxPJZNFG0YiHxXoMnWcE467/Fmhm"
    "HMqkR00MOAyyBaXBLyymLbMiT4nDZNLhve+RgIwfuNRgrjkkM9fyhDVTxf/WZkVrFxj6kL"
    "lVY4CjNA3cRo7LiGTH+RLZcUogCwFbIRo1g7Rxs/ywFOKHBZAfpjGnE92qVPt5QdDAKX10"
    "XCbUF3rl134+TgX7CsBWmNJJusbN540odVOd8xlssZVrk6UIGzi/N5K84VjGY+X0mAhN86"
    "wV698Z9ScQTFzNdyst1XGq5uG8qXPup4BTpem8IGgixqUQLsA3deQus3PAfb6yQ0hb57W5"
    "ddvv3hDmks75Ze8qqZfuJoIR4PT8jJIO5VBfUtca987ZoPe1i8if9/qdTxd1KaYRvIAWFC"
    "CusrBkkDZvidmIVKKM+7noN8q4rxK6XgKbRRVOmz1YzqolPKPEKs6gzrxWydG1S46O+Dyq"
    "sSJJub1g17dJDrzdB9RrksT6lbrWyDJEjPIZVtXI8Aem+rSLfINPkd6iXkRpRyG3vr0xrQ"
    "fLE+Vy2gTNc9Rsk3uYU6KGp07E2h6E8E99FxakTH/gd4xUJihf7jARe62kx58RkVKF7O/Y"
    "k5dkU1nAU+ytsSpcK4P88jNYxfYQIa8z4q2b7udef9C9aZMvnX7/1+ubc+2mC53RHNG97P"
    "QuggKf9TBJiIo9VT0kMaI6M2PF6b+BKkueh+eZZxjeciWmKIlKDVKVeqpA3SQtcL9Sg1Tm"
    "yIo5BfBq/mS1rzlOqmw6deNzTXTZDmiexriVocEGV9qFB1cu+zynq+Yzds3hnS/l6IfvFB"
    "nyVcAn6vLMlO182TdC0kDJ9+i4TB4T9CqIe0tlMuFHVQHhoHsD0d2Mf5M5XmaSWP4pDRES"
    "dVJDxZMadrqZ/fX/z5cW3w=="
)
