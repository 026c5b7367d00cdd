"""Fewer pages for each message on SQLite: docs/decisions/0078-fewer-pages-of-a-message.md."""

from tortoise import BaseDBAsyncClient

# Without AUTOINCREMENT, which writes a page of another table with each transaction. The triggers are those of the index.
SQLITE = """
CREATE TABLE "new_search_texts" (
    "id" INTEGER PRIMARY KEY NOT NULL,
    "user_id" VARCHAR(32) NOT NULL,
    "folded" TEXT NOT NULL,
    "message_id" VARCHAR(32) NOT NULL REFERENCES "messages" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_search_text_message_5ce19a" UNIQUE ("message_id")
);
INSERT INTO "new_search_texts" (id, user_id, folded, message_id)
    SELECT id, user_id, folded, message_id FROM "search_texts" ORDER BY id;
DROP TABLE "search_texts";
ALTER TABLE "new_search_texts" RENAME TO "search_texts";
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
CREATE TABLE "new_changes" (
    "id" INTEGER PRIMARY KEY NOT NULL,
    "number" BIGINT NOT NULL,
    "kind" VARCHAR(32) CHECK ("kind" IN ('SESSION_CHANGED', 'SESSIONS_DELETED', 'MESSAGE_ADDED', 'MESSAGES_DELETED', 'REPLY_SETTLED', 'KEYS_CHANGED', 'FILE_CHANGED', 'FILES_DELETED')) NOT NULL,
    "ids" JSON NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "user_id" VARCHAR(32) NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_changes_user_id_0fc14d" UNIQUE ("user_id", "number")
);
INSERT INTO "new_changes" (id, number, kind, ids, created_at, user_id)
    SELECT id, number, kind, ids, created_at, user_id FROM "changes" ORDER BY id;
DROP TABLE "changes";
ALTER TABLE "new_changes" RENAME TO "changes";
CREATE TABLE "new_usage_buckets" (
    "id" INTEGER PRIMARY KEY NOT NULL,
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
);
INSERT INTO "new_usage_buckets" (
    id, bucket_at, key_id, model, calls, errors, prompt_tokens, completion_tokens, duration_ms, user_id
)
    SELECT id, bucket_at, key_id, model, calls, errors, prompt_tokens, completion_tokens, duration_ms, user_id
    FROM "usage_buckets" ORDER BY id;
DROP TABLE "usage_buckets";
ALTER TABLE "new_usage_buckets" RENAME TO "usage_buckets";
CREATE INDEX "idx_usage_bucke_bucket__26d238" ON "usage_buckets" ("bucket_at");
"""

POSTGRES = """ALTER TABLE "search_texts" DROP CONSTRAINT "search_texts_user_id_fkey";"""


async def upgrade(db: BaseDBAsyncClient) -> str:
    return SQLITE if db.capabilities.dialect == "sqlite" else POSTGRES


async def downgrade(db: BaseDBAsyncClient) -> str:
    return ""  # aerich asks for it; the way back is a backup


MODELS_STATE = (
    "eJztXetz2za2/1cw+pJ2RnFjJ3ayydwPiq2k2vp1LaXZbt2hKBKWeE2RKkHZUXf7v99zAL"
    "5fJhWJomjMZCYWiQOCvwMC543/dOa2Tk12cDpTrSntvCf/6VjqHP9I3OmSjrpYhNfxgqtO"
    "TN5U4234NXXCXEfVXLh8p5qMwiWdMs0xFq5hW9i4R0Rz4trkcaa6RCVLRh1iP1qsS6zlfE"
    "IdqpM7x56TQ/JouDN7iY2m6uKAjA2djYnqAPWMEvhB7DvRi+hUP8BB6LYGozCsaU3PW1rG"
    "n0uquPaUQjMHnvr77x18iGLoeF88pPPHH/C3Yen0G2AFbfDn4l65M6ipx6AXVPy64q4W/N"
    "pHYzqw3E+8Lb7iRNFsczm3wvaLFQzdCggMy8WrU2pRR3UpPsF1lpQPxzQ91vk8Em8QNhGj"
    "jNDo9E5dmshWpBYDCK91FOXyaqQM+yNF6aRY7lNEuOJd0mwLpwsMlXEA+BR8+Y+jo9ev3x"
    "69en3y7vjN27fH7169g7Z8vOlbb/8WgwnREl1xzAafB5cjHJANc1LMVbzwN6dRXVVQcWaE"
    "6HvcqsSBkOZpLviYF7HBvxDyIfyaWsaIEPh7eNs07Kczqt1TvQ8Qp2D3KRKgw6s0B/QOW2"
    "ozojIy7A+Hg6tL5fTn3uXn/llyocrhxFz9ppjUmroz+Pn6qADkX3s30PXND6+PfiSnP/dP"
    "fyE/3HKEbjtkcEl+eJEYwIsu8S8NlbP+eX8krl3Atd7nvtI7O4tdiDW66V+f/4avPDoXF3"
    "7p/zaM9vxpcN5P/g57+PHH+GS49AZ/hKNPTAtYddOz4p/Dq8u8xZBlTAnd0FzyX2IabB+/"
    "xwKuIxDY85yxP80olD9c9P6VRPn0/OojB8dm7tThvfAOPiYg1xyK4Ciqm0b+DO64xpxmox"
    "+nTDLBIz3w/2gXK0YD+FJGvYvrGD/OeqM+3jniV1eJqz+cJHgUdEK+DkY/E/xJ/n112U+y"
    "LWg3+ncHx6QuXVux7EdF1aOY+Jf9SzE2R0SU5JqrOtn8jZA0edEtv9Ottb4WL14o193dZ8"
    "oWCF8a7k+2Q42p9QtdcdAHMELV0mgGyJ5Q/sXrZs/A/tufTf7VUL501MdAEI5OMnh3eGPq"
    "imnZG572zvodjvBE1e4fVUdXYlDjHfvITlwJ2qZvzY/mySuqpU45OPgWOOZQFXKHlDHx1l"
    "maUnC7UF1iolF5fcm2HqjDVLwCKsmMqjqgMyYG41qJqTKXzKFPGDWqJ3iNAWYazAsycWAm"
    "zT4Qw9dYQIOxzBVZwgxwQMsxbe0ernAix37MVJ9qfnyGNpVQnGLKFYBnPFBvw4FLf+AKF3"
    "K0c09Xirjcod8Wjo+916vPQ48nCm+NT+Ic8766DqcFPuEP8vXn/k2f3Hodo3A1JPB1kMsv"
    "5+diapZW6vLX2U0usbvV6bawwBZpb67hmrQK0gFBC/ezo1evSuANrXIB5/fiwuECFgPbUq"
    "tgHCFZC2VvwjYT5MNSIB8WgHyYBpmtmEvnysKx54sMIXwEy1E21CnCNgBeJHT3/zUq1n8C"
    "mfv86vKz3zypFMXRn4GaaDsrxdvWMvTPXEtQFulaNqGGscAzCR0dvnn75t3rkzeBJSi4Um"
    "QASht7uFxUZQ0JCNowoWtYpkGHcJcZM7fInhbSNHkz7PROR4Nf+8R2SP/yrC5LmsDGt6WJ"
    "IaBhiw+hkkFrYVgWzTLx27ZJVStnCw2IEqyZAFVzeLOJJf3j1dV5bEn/OEiu2V8uPvZhT+"
    "WgQyPDzTEpe8pKlXUmQtK+lWZT8ndkHRf7HAC4tDIEldx9MkXXJsfJxnZJVK59UWINa2wG"
    "+QZMsg2b4W2yyMaMGVU4HSOUZvdGM1l6V54Fm5cLfU02xyklmxvNZs++XEHCDCmkgPm0gC"
    "mdlNJJuZdOysQisQFEfxG97Nf6UBbPcFWMwQmPj3jW6nf6XgjtqZPh8PVvdYucvVE7cBln"
    "rwVdoBtVJZ5L8gUDuCi/5veV5aUtRXdr3Vpj29GpE7hvdbpwZ1706wHhwbKGhTdV4iytKH"
    "WXUFWbcSJtZpi67+y1LUom9A4m8wEZuEiKOOlEvXOpQwyX3Vp3hhM6ibtEtXQYb+A0pg/Q"
    "zncPQ3sxhvcwAuj0HvqeGhaMx7LRHYyPOyBDG+4K57IY6x19JI7nYL67tfg7+iOGceIYvV"
    "4Rt590qhncD/zTq1cnhy/5LXYw1zlCX+HtKL4/XZgr7H44uun3LgaXn7t8eI+OgW82foTR"
    "8TVgTOZLeD8HvstH3sKkKqMEcPTasLF4aebaC/SAaxT4gD8Uh8JHyoSwx3nCqPuBjF36DX"
    "4iyRhEfmZbwGcRh6xytq3II4UfjzNqoW8dIFKtrt8eRq0sDKpRNiYzaI/xyrcW/jV17EeL"
    "MAMGUNrV7nvGxbfJkfK/UwQ55W9HnsHr4IyKNSryviNNWbd7pP+k770Lj18ASJarrB0I4F"
    "tLvjsQIPH00LQeTJsnYxLg+1XnwPmyAwlM1P9DXgRz9oWMSdh1TIL4BlJI59pGg/bSJpph"
    "E40uQWWnbpRmxypB4+btf2LLcGTpLgtugkwqtU8j7djZQUr5rlmfoskKbefLsH/TJb3hcD"
    "Ac9S5H6KEd/jYc9S/qcdEiRr6DFoeC7tlgMDzdgQ+mkrMWJbE0p/Ljb/z2TeZTY+NuVNcF"
    "gX1O8fEpzPNTPhJkMvXjO1I/AnWjyqSPEbVh/a974rc4WCeiPJ9eXVzz/K8uqNRX19f4x6"
    "fe4Lx/hjsFSHr9m5sv16PdRPSEChNsFMFI+a4hxsqz2Pho8a/IaCvtJ3eGZbCZIr6YagxP"
    "kTb4S+s8zlbcOsRNYoRC53o9XI2hFDL36hq5dt6HL/JnwWFg4OVI+TQ4HwlJYXR1da6c9s"
    "7Ph5UYSh3HdoBLeqWo8zhVgxnZGJFZIDYPba5lN6cUYRvQrnuDEiA61HVWCjfsKozCkLJS"
    "c3PNGoV9yBhpGSNdfyoLz5JQXPueWlVmcopOzt4MOx1gZFIcRXWAM2klyGmQXdtVzer4Js"
    "kktBnzV9VmVF9j7ibpJLhpcAOLQXV8s0glxGmIl9yPyeylo1W0NScpGyxNdK5vrn4dnPVv"
    "eDbQcDS46NVmP4jC5Cua/nB4ZpA/nEr6pJ9ACPhZGoc3xbvCRKFM+hpzhoIrUSZmh7s0LF"
    "kodMxXELljRA3+UNYUu0/elPgqTt7kzm+8lUhpwdgYZWm5RoZq80Q6S5xUprI0OS46Fd5U"
    "lduZHUieN5nnMrPlWbBZmNjX4nOCVH7OTeazTG3ZrksjjFWtAHGMSKL8NMrxAOayMMepmu"
    "xhb2oaEQtr4X1n3kuist6ewV42ASY+457OKRILwQbgjeSx7NfKURbZ2JIpk7Xam6x1g7kv"
    "15j60snI14rc7RalbEUzaHjLJ9O2vopzBYIQIi91KEy5mazIhLqPlFrEfbTJjKqOOwGNhx"
    "2QIXVdk+qcxKCMWBR+uDNqOIwnSWFeVdKeWcsDM0818NNjBPMx2NWT5EOrPPyWJx2Us/Xv"
    "+KSDCPvK+g1DCpmbUujWqgRrkkxim+XqlpH49cV77SgM/LnDHt9eS4d9xahaAXzNumpuWO"
    "kWlammQV5W9o/PtiYV6B+ClKvNcH3qZIj/kbuF4j/j7RTcPkqK/yNe8h6p8CAx25n7hRiE"
    "oO0B9p6M72xTp6J0PpYJAEGdOi8YmavOPU/ex4sW0Kum8RcK5TCEtOy/1adh/QNRxEElHB"
    "Hs3KPugkqhqUsW1EaAzkDZwMZYEsEFXQMucz8OL/HvGiYWJ0ClxBucKFHg9wK0olrD8H/P"
    "DZeSe0oXQhEh4jwt77AAPJMNCAlMSTqlDrRblVJQklpILB8/Ur7lyUx873vJTL5PJfoL1J"
    "8+b4BPslRi//DLR1DqQKNLPERqUI3UoGRxqhqS0k09KwgqXwwNKVoBsJRBWzSzpQzaehnU"
    "0k9N1Zhni6D+zSckUEtXNGxXtmwYCEc6nS9skMG0FQpIQib0oqfeC4ENJDMCopKo+yVKcq"
    "kWe6RONyiutVBXpq3q0B5YcGcaWob8ue2HPXWabuThWKUpJeZ5jaOCIBaGElZ9XyyU5ZB2"
    "Vw4pycBKmKdIW7jVbCfXTXxtCqhjsyqQJ+laiPfmg5z3KxCyzsWmTfFxwZZS4XOK0rTwU5"
    "L1n/cV4vXUvgxSCbksud2AktvRmSl16rLollGsU1ughLcEvNGNv0kGi688gbGTYa3w7nSL"
    "TBVefeuSZgqycGwNOE1cjF/jdbSZH4fWxdLWpm1N8X/Dq6bNwnLaB+Sj7c4ISr2MV8KeiA"
    "JTqGZO4P4LRjQ8TjqrOHpdj326nra0PdShiOXbHjh711LM4pQyQ63RmlmjkowlozfL6JQc"
    "vZuN85PBXze1bfLrhZvmHbQovWVi49jBHnjKBoNtyPU2JH4Gx+T/qOaSsfgfTaNjPH4Cb2"
    "E1COgY9yPKj57AXc5g5KbfO/sta7Pc7gP5ESTM+IsqvMPgHBLVsuwlNNYJ3iSP/AwO4TuA"
    "P6DRdf/yjFcRxRASfmooENrIRtEBiq+wGf+5tF1VnGfi4ukYOPzereWVGeWdYUCKZfuvEO"
    "kO/RIAwwEZ028LA2apfygH9k8tXaDiDYT3deAf1TFXMeCeCxJdwmweuHJr8fHDWyE3PemD"
    "QUO4zx0fRq7DI+XSiCcH+T6NiELkVYOVzo0dOzf4/xWA9tu30GpydHxcxo1xfJzvxsB7iU"
    "KU31xqZecVFlRbjRK1EOnDkxJAHyb36RBnvJUMAtENVWBUAec4VRuBPiqKIQuQPnqbDzXe"
    "SyQoB7thGuuiUL44XZtyRmqJ6oswYKYeHZ9UmeghRfsy8DfvDW1xdftAKuXSLRahE5JmUq"
    "7epHCSV8HeGwuWnuOjiRSsr1ShXjXMpVOpxHaEpA3fQ90Rl6ESVWUNilM1+StpUhiMwRTP"
    "Gly5smKStMaiiruZ7BusrbhfATFNYcBemOPi2plvN6nK5jhlLXXBZNjTekyuNRH7mYsGsn"
    "iVDDPbZ4hlzFOdMU+y5NrmS67txrl4TS0d3vCMilNQOhl+xmSTbpHLUbftOQjRQmcsn1Xk"
    "+ci458qyhfsM60UxolorXirqPRGY6QSajC2sD8TPd3K9I++BUXhvClzwUsKFG2ypadhPZn"
    "rR9p+KXsgetppiQjnIPphqTjGbnlBVm4lHchKD+Y/qYujP48zQZvQBiDSVaapOPxBGKcE3"
    "+EmnmsGTvX969erw6KVD5/aDah7MdXSgEuQeu7XgffCT5qOEv70ZGKbWuzO68r2JUxyTiD"
    "eythFfJPPEN2tRLjgBvjEWngY5Y7di31Fdl84XWecH5071KEmbvCgbq7wVWV+rqvUJUpnP"
    "1DTFviHBVJ8de7nIknLEjULZZopNSso0qC0w2MVh551hLBOsreyAiKv/Z4O04BebgV6MBx"
    "XJCJ7SmpZTvqsnGSjcBOW0aMfebRxPg6A+LLVLHxbs0ocZu3TwTVQ+OTmDtA2GxW374BOw"
    "KXlldUoDr3xnmZ0k/g2a8ptHf25b7sxciRMLFR6jWk0dy+mgRece1hzzIx2SrRVpY2b9hb"
    "4mm+OUks2NY3OTNJcLivUqO3n6i3f7aS1GmfOWFeqOegQzYyGyE7hxEbQPlfAOs8uHliHK"
    "LMMkBimUCt8zkVN/SVZa2r0SIze51q5+0U0u+lWW/aaiNNJ7LQMEGhggMPVNf9/pyw5MiH"
    "sGd1kvdvRTLlcXZQOgPvewi90Im3ioWIaQ6Z01li9conG6pNOfwNavU8s1VJP7w9EHfbWg"
    "Vm/wUrPnC9U1sCo8tfSFDfBxPzZ/4AcyZhRoXYVR1fTqzvf6w5dHxycvP59edMnEXqJr3u"
    "bptIaelXtc27NFAADWLhVmeiH4Ihm35uviMjbmN7BsvpCZD8gY50aQFsxFZ/QCeBJTQVJv"
    "LF+XczAtOgffspSdn7UDoFE7/VZcALEPNg10fjhxirAViNcfWMxRnBlZR4gWRRbHyFoBfX"
    "yyl7H955v+Myz/sD9VQTggaCG2W4n4mfB6PU4lkKM0rcT5zbtSQL95V4A03kwdWA5/uZ6B"
    "Mg72P4dXl9lgx6mStiRDc8l/iWmwfYy0KgAZ8ShetZMLdDduGcIOkqs2PJ4fwcndgFVi3N"
    "KELXIdbizQjRnwCWkUZAt4kF4F3wxKCXAaYIwZYApbMZfOMZl2vsiQPgqTcHN6qDEXN7gS"
    "xTtbm97EOrLBJNwZVXVYhdeQudOUbYi5qVvmFigqPBOgygaapPuuLXR/eLCdHVS6xJ6DS0"
    "zGfTwLNpsqc5UlW4vRSdpaag5ITq/J6Z34uBvGT+ni3kuIZQ58nTnwdUcNNGyN2FzQwG48"
    "3EOsHq0PqfNAnRxvd7JJt/gsTWzm59A+7f/+iknfqj43LEZm6gMete5ikCSvbM37esEPQ0"
    "ffcRdjJtFHjaegBw5jQ0dvNLYcHxBxWLvrAssYgVGaK98JDXtjxuGa9T5eFOOu5jknQ96e"
    "O99h/8YDznlVcOQj8d3d7/m4JhTrYTOfmJ/6Cc/8CkO1l5jfT+demXDegU08MwOhBm/a6W"
    "b60WWmXKMc5Tt25DZz/X0OftyGIb9VN+5OnIyNBnhbPsaaHeYNx3grBwHv2InbMMjrtkBL"
    "L4z0wuwRD7byDUjz/Fqfwz4YbRuSlnmqmmYnw3jAr3eLLAYatCgfLK9yrZeoIhC9y0+XdP"
    "m5UxoQPOIRVIbLj5yiMJ/0D/gLlF/TeKDM0+q9CnDe0atdHpWO2nVOAmcdD+WGAYfCB8Fc"
    "/0xYNu6S4FooDow5GdxgC5jIVEE9ccwVevzwPxAMOxIWAiyytSJLy0STwfie0gVTeFwSzP"
    "wxPHLsB/YHwfVfbs69MzvhVVR2j0X4UpYQ446MDdwUfUPP+ICMQ2ct74xDgpQcugmdqhY8"
    "cITBUP7hXykbBhJxswQ/FAx7uYd5bsFM4/X/VPIXdWy/SOHE1leiJ6qXPtQrYteMO5czzv"
    "cKpNzslvFKltltImf7/oGLcfglYX5IASkW53bEA4IPL/CnA6AKJ8c34x+Stxh3OCF8QfiD"
    "fP25f9Mnt96T8MiKIYHlklx+OT8XBtzIcKLGybUG5HVQbkj+09KD+j1yDEk2ptlX43M7QS"
    "0zO3ZssFosHdjoMpM78s+jiRA12dHVuelfn//WhW19dN6H/2ALx0NpTq8urs9BHhCi3PYP"
    "pvHQ8k+m4YPC42j4sPgfMDD8PxxYpTNqZFT9tq0E/l5cBeQoTStx3o7FKya8pPF+6kyaOK"
    "08lKZ8PGx6m66AfJpYQl8e+qRuUcUMlkXbiuWmbksYVR3TgKWDi8zVhM8M0jbYIrcdYZVW"
    "n9eZ+IW2eDn1y0x9DWav5SpGRqRQ/qSPEbVvur8pc1zzm/zTmt+kDmvm9gtYoquJkXGq9u"
    "H8upS8/rpAXn+dltf9taHaMh6nah/Uh0dlJHZoVXBec0pelykkay3j++C8eCanFg+/nJ72"
    "h0O0DPVvbq5u6jEKxU8r9saARiA+hkr2H9FVTu3w/CTdOJVM0E3rZdRxbKdyTfY4Vfu2kc"
    "0rAgIxT4OtogOkCNuAdu2KLwfRofxgmjtQpNbI+C/sQy4tWSYfz0Nc9fzYFKGc8tWnfMw/"
    "vxb6PqFEvzr6olBF9bItKTq5sGQc5QAYiTMw16mLk0ErQc4AWdVmoLlWBzhJJ8HN2hpVZl"
    "vwxOr4ZpFKiNMQL3noE7OXjlYx8iNJ2eD9r3N9c/Xr4Kx/wzX74Whw0Rv1z+rR7qMw+Tq+"
    "Pxyu5PvDqaTo60tHHDk1r/JRJKjkoZ5ZpbgMh3mSRTVw04RyvUnDK+tVbN+IEkatlkU4pJ"
    "D4loiyCwOGK2Acp5I4l7Bmx4K3y6fwRqkkzrK+jaxv0yywt1LfxvvsN4AqzHp3GPa2X2tF"
    "WWzjq2QMXhhCJP0kseltAN+LsKd2Yhvf6UtgmxnfXBlXr+ZPOzENJdQSeMpaV6Uwza11Fa"
    "K6uyTVc3s6dFXH7eQkqwb3u08lrSqmPVVY0PbJ7NVPjj0XmZG2SI4Eekxz9GziNL++FDQc"
    "d9HGBA0sbGHcYfkmnlyJqZo8QdK1bWKbOj/IycgodVXv4zGj9dJrw3M2eRIogT/G/gOVOx"
    "jRGPs14RNweP7shML4xITR4Yemwl6N9bgMzBid0vd4GhQugZOldk9dNuZE8A9YvpL1qxoj"
    "omIXuYekRtmfRvyJiL4ksQzqa1xQX0MqEoiToG2LT+ucc6L53cKF3jsmGhtWOCVa+IbEYc"
    "/+gXa8zkF0LfSWW943X3y/jE4/kDH/zbPocdHj1l9oM6dWxpq+5Wc9eSY1p08dq1dphf1o"
    "THNN35lrbIa521sum7vECmP3P46OXr9+e/Tq9cm74zdv3x6/exVYvdO3iszfHwef0QIe+6"
    "p9k3j+wjv3Z3uVBTcgkgtt4xbaqGqS58gu+ry+04PdNHbW+ZXJw8DlSdU7X7j2tug0njGc"
    "VzAquFcoltnQSqleOWoJ/HJAZ11xdRYloseZDRrmo+3cexqoblD9PQnUVpSLUCE2PJ2Z6l"
    "PswYD7FsX6SFiN6VG0xCLPWByA5RaRquv5qH0PXMJr5yG5JwvO1RXIg2QqHiyqVlFLx0OW"
    "+Wl1EwraOw0qTPmRTsFlh4qiTrCwAdpYOZp3C9duLc84Ce+gB31z2bNLxrGwSi5ugkhKGY"
    "gN8M0dkB6Gc5OxTlVdhHaP0bzgYaJBUxjzZMm8s6MNt3trWRw+jXqgqMJKMBY0MOOFYcBZ"
    "WliHq3KBqGS5pvCU6G5hLaRgVm6mIJK0VMjCRVsLXZOFi3L0HVm4SBYukoWL9gR4Wbio5d"
    "DLwkUNSKeShYtk4aKGAC8LF+1+usvCRTUtK7JwUV1Qy8JFzVnG9831JtMJZHpMm3CWaV7b"
    "xVemKm4f490WAGnabruF0kJoS8wvT1EUdZJB3CaQaw4/ifhtK0zzBFWb8N9CkZDK8GaRSo"
    "wzMA5d/lU1pDil1JAarSEFYRlVRJ4YUftknpMyJyaf5B+ZfJI6M1mmW8t06yZGIT6Zbr2b"
    "IMQvaBb4yPPIOhlxiNHb3aJQxFhCGm9aKkWELede0gbiE+Rs8BA3jM/zD4jkT0ykcvAzGW"
    "G45PCYzA1r6WaFHG7jIRhXiP3q6or3i5l/K4I7LPkL+wNigyf5saU2g6cKVOC5PE2yS8bi"
    "Ah4TeYBHUq54qJ7BvLMqMXcwHKG9dKELaNS9tXCQ0McqcrQkjh0ovWTB/HyVyPQLno4/Qq"
    "OFiPlJZrH8Hmle7QxBmdKyWW0nP0IvxtAq4mOMUEqPjZYea7dHNo2ZWzesyyDJLQdJBpkK"
    "5TeKgKRNhoOajWO8ZnxF3EMaCfzawD9hfi/Cv9UW+JrZUKJSd+EStLFi3ZIdXLAsKq5bxI"
    "gW19etmQXSRiZtZNJGVtpG1tM0ytgIF/9Oho0sertbZCNTecPILlImY3dBHWZbqkkEtSh0"
    "wm1EoiE7IFeWueIpssOfey+Pjk/QIMRcmFt6Vgru93dYKYlUpm/uNn2T/18BaL99C1f5w1"
    "JK7WGBUnuYVmpFSfqZyjKKyuSjHKdq3bTevFuPafYiK+/pn8Ory5zQ0oAiadk0NJf8l5gG"
    "20eJsQBYxCJmzkylfiSzPLpxOyV2kEr9kOHbz8G8TL8tDOhuDTbHKTfA5oYFLLSJy6bKXA"
    "VEs3U+5ySt5HSTOS1VfKniSxW/tIrfn6uGCZ+Gxe1xKRU/ertbpOJTbKhovGX5oly8OY9Q"
    "sVArt5cWRovA144llrphGWqsLG1b9IBg9MkMflEHqfxbHgEvFuVgUAovhzVZEZXgKdmZ9b"
    "hqejSGzHCrAhL4VgWPHhtELAzki+UaJhmHcgUWwprY+ooA2pQ/YqY+0OSzpWmiiQtmt8A0"
    "AcxT+AdTBe0YUQv3qaPjMroztMr3vB+ntOcANOUOP91K0zuLdlu473C2byPLHFe2yqahGF"
    "HrVpXNW4akgeIpoawVCk2DDBQNW8jaxGWptkq1VaqtpdXWIfBokOmU9u50i5RVBm0Uo6wr"
    "+sqiBCleYm6Dpfs1kPFMjTvQ+e5gFZj5x3DwHAos9mdYS4rHapAfVN/RrM4Nc/VjWhndcP"
    "/e0UviYqBdvgeFNNYXL8NMLnqnxObnN834yU+gAhs6H4VKvBkNKHQJs/0WoAyDNouKMBMj"
    "XToOtdxbK2x+ENdhDdGQQqe+4ito4gPqApWlC5JEe/FqUs9t4grbLdBzwymRhjs32i1O1K"
    "Zgt83lptvumpJ/nFJK/o2WCfdL8pdsXpfNYterzOOQTKp2TeavQx9AvllrtY5RSr9zk7ks"
    "K8WmJUxZKXafbfjSvPwc1i1peJSGR2l4rFA2hhudMurFCG4UFYrxCvGXT37BgBQRmiLCT4"
    "QfmogvkXEjHLFsZ66axl9w/UE1lxRjV2aGNiPzJcNyLkQwPj8hZpMPQdvjWITWKLzLMeA3"
    "n4ij4mhQhUZECXnpNmP/p0M129HH5NExXG7blCe6N2Y56xZY+ZCrVZNtojQt3EOOy8hjx/"
    "ni2HFKGvMBWyOOJYO0dbP8sBTihwWQH6YxrxyiJcOzKoZnrRuatZ2wrAbN561odAuVsUfY"
    "YitHZqUIWzi/t5IjaRnafeU81AhN+0wVm98Z1QcQTBxl6VRaquNU7cN5W4dQLgCnStM5IG"
    "gjxqUQLsA3dTqTbVY8b9inaPKK3Pky7N/g8cK9s4tBTScLIy7+scL4eDxEmD++0vnBzFXd"
    "ZUbydRFHQppG86R3Ohr82keunA2GvY/n/bN6GCPg8VkjRoHM8UdRiT/e2ypeaY8q61IGaf"
    "tWqK0INdIxkIt+qxwDC31NNscpJZsbzWae3W7aU8NaNzU+SixjFJrM67ltuTNzJQpxKX8u"
    "bTdjyyyqRJjTwVpBmg3j845KdEZ8JdVYkaSsL1D2VZIDr/YB9ZRDdjf+w1+pY9wZGo9vPo"
    "VLnQxfYqpNt8iv+BBprWAOZWknIzO+vdSNqeHyTPQuQese1btkAnNKJ65NVMLXdi8fYLF0"
    "YEHK9CR+R09lAvrFDhMx9wp6/DMiUspw/x07ApNsKgt4ir0N1psbZc8PP4Py5okIUZNx7t"
    "z0Pw+Go/5Nl1z3hsOvVzdnyk0fGqPFon/RG5wrgMvl5349VgsPNd9s4Q8ODRfx4eGV6PAq"
    "mTOakjbfqE9n84nzquvigUNVDoaNksiUpCxBVhqFnoMGuV8pSTJjZc1cBni15Xy9rzlOKu"
    "1BTeNzQ/TgHmit2qyTVVVe3OkWFpQP2zyl5+YzdsORpc/lzL/vFBny1ccH6rDMVPF82TdC"
    "0kLJ9+i4TP4UtCoIuUtlUOFHVQFhr3kL0d2Ob9S23MzktPxy7RESWa+9Yr32nW5mf/8/iW"
    "u0Ag=="
)
