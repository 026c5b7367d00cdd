"""From when on the log of calls is complete: docs/decisions/0081-calls-counted-by-buckets.md."""

from tortoise import BaseDBAsyncClient

# Where a user's bucket and the log do not have the same number of calls, some have been too old for the log. No row is
# locked for it. Servers of the version before delete the calls of one more day at each midnight.
BACKFILL = """
INSERT INTO "call_log_start" ("id", "complete_from")
SELECT 'log', {moment} FROM (
    SELECT "user_id", "bucket" FROM (
        SELECT "user_id", {bucket_at} AS "bucket", "calls" AS "number" FROM "usage_buckets"
        UNION ALL SELECT "user_id", {created_at}, -1 FROM "calls"
    ) AS "counted" GROUP BY "user_id", "bucket" HAVING sum("number") <> 0
) AS "differing" HAVING max("bucket") IS NOT NULL;
"""
# unixepoch would round the last half of a millisecond up.
SECONDS = {"sqlite": "unixepoch(substr({}, 1, 19))", "postgres": "floor(extract(epoch FROM {}))::bigint"}
DAYS_LATER = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%S', (max(\"bucket\") + 192) * 900, 'unixepoch') || '+00:00'",
    "postgres": 'to_timestamp((max("bucket") + 192) * 900)',
}

UPGRADE = {
    "sqlite": """
CREATE TABLE IF NOT EXISTS "call_log_start" (
    "id" VARCHAR(32) NOT NULL PRIMARY KEY,
    "complete_from" TIMESTAMP NOT NULL
) /* From when on the log is complete, in one row with the id `log`, or in none if no call was ever too old for it. */;
""",
    "postgres": """
CREATE TABLE IF NOT EXISTS "call_log_start" (
    "id" VARCHAR(32) NOT NULL PRIMARY KEY,
    "complete_from" TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE "call_log_start" IS 'From when on the log is complete, in one row with the id `log`, or in none if no call was ever too old for it.';
""",
}


async def upgrade(db: BaseDBAsyncClient) -> str:
    dialect = db.capabilities.dialect
    bucket = SECONDS[dialect] + " / 900"
    columns = {column: bucket.format(f'"{column}"') for column in ("bucket_at", "created_at")}
    return UPGRADE[dialect] + BACKFILL.format(moment=DAYS_LATER[dialect], **columns)


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
    "DZeSe0oXQhEh4jwt77AAPJMNCAlMSTqlDrRblVJQklpI7NiAjAIBAq+nTwrg0yOVkj/88h"
    "HUMdDFOt1Ibn7F5Hup+9Sl+3jMriDdhBSt2GGlaNMi0UYWTJMF05ouN1YqmCYF8nYI5JZ+"
    "aqrGPFse928+IY5buqJhu7I11EBS1Ol8YYNAqq1QWhQCshdK9l5IryCmEpAbRRE0UZ9Mtd"
    "gjdbpBpbGFujJtVYf2wII709AyhPFtP+ypo4UjD8eSVXkyb1QqxipZwsXhy8iyNtTuakMl"
    "GVgJ8xRpC3fv7ST+ia9NAd10VgXyJF0L8d58xPd+RYXWudi0KVgw2FIqfE5RmhZ+SlK321"
    "eI1zNWZJBKyKU63QB1OjozpU5dFt0yinVqC5TwloA3uvE3yWDxlWdzdjKsFd6dbpGpwiv2"
    "XdJMQRaOrQGniYvBfLyoOPOD8rpY59u0rSn+b3ilxVlYW/yAfLTdGUGpl/Gy4BNRbQvVzA"
    "ncf8GIhmdrZ1WKr+uxTxcXl7aHOhSxfNsDZ+9ailmcUqbrNVoza1TGtWT0ZhmdkqN3s3F+"
    "MvjrprZNfr1w07yDFqW3TGwcO+UEjxxhsA253obEDySZ/B/VXDIW/6NpdIxnceAtLI0BHe"
    "N+RPk5HLjLGYzc9Htnv2Vtltt9ID+PhRl/UYV3GBzKolqWvYTGOsGb5JEfSCJ8B/AHNLru"
    "X57xkqoYT8OPUAVCG9koOkDxFTbjP5e2q4rDXVw8KgSH37u1vJqrvDOMzrFs/xUi3aFfAm"
    "A4IGP6bWHALPVPKMH+qaULVLyB8L4O/HNL5ipmH3BBokuYzaN4bi0+fngr5KYnfTBoCPe5"
    "48PIdXikXBrxTCnfpxFRiLzSuNK5sWPnBv+/AtB++xZaTY6Oj8u4MY6P890YeC9RlfObS6"
    "3sJMuC0rNRohYifXhSAujD5D4d4oy3kqFLuqEKjCrgHKdqI9BHRWF5AdJHb/OhxnuJbO1g"
    "N0xjXRQdGadrUwJNLYGSEQbM1KPjkyoTPaRoXzmCzXtDW1zqP5BKuXSLFfmEpJmUqzcpnO"
    "SV8/fGgnX4+Ggi1fsrletXDXPpVKo3HiFpw/dQd5xwqERVWYPiVE3+SpoUBmMwxbMGVy4z"
    "mSStscLkbib7BgtN7ldATFMYsBfmuLh25ttNqrI5TllLkTQZ9rQek2vNSn/mooGs5CXDzP"
    "YZYhnzVGfMk6w/t/n6c7txLl5TS4c3PKPiSJhOhp8x2aRb5HLUbXsOQrTQGctnFXk+Mu65"
    "smzhPsPiWYyo1orXzXpPBGY6gSZjC4sl8cOu3LHw1AGj8N4UuODlxws32FLTsJ/M9KLtPx"
    "W9kD1sNcXsepB9MO+eYmkBQlVtJh7JSQzmP6qLoT+PM0Ob0Qcg0lSmqTr9QBilBN/gJ51q"
    "Bs+f/+nVq8Ojlw6d2w+qeTDX0YFKkHvs1oL3wU+ajxL+9mZgWGfAndGV702c4phEvJG1jf"
    "gimXq/WYtyvlewORaeBjljt2LfUV2XzhdZhynnTvUoSZu8KBsrQxZZX6uq9QlSmc/UNMW+"
    "IcFUnx17uciScsSNQtlmik1KyjSoLTDYxWHnnWEsE6yt7ICIq/9ng7TgV96BXowHFckIHl"
    "mbllO+qycZKNwE5bRox95tHE+DoD4stUsfFuzShxm7dPBNVD5GOoO0DYbFbfvgE7ApecWg"
    "SgOvfGdxqCT+DZrym0d/blvuzFyJ4xsVHqNaTR3L6aBFh0DWHPMjHZKtFWljZv2Fviab45"
    "SSzY1jc5M0lwuKxTs7efqLd/tpLUaZ85YVirB6BDNjIbITuHERtA+V8A6za6mWIcoswyQG"
    "KZQK3zORX3NUJiPsWImRm1xrV7/oJhf9Kst+U1Ea6b2WAQINDBCY+qa/7/RlBybEPYO7rB"
    "c7+imXq4uyAVCfe9jFboRNPGEtQ8j0Dl7LFy7ROF3S6U9g69ep5Rqqyf3h6IO+WlCrN3ip"
    "2fOF6hpYIp9a+sIG+Lgfmz/wAxkzCrSuwqhqekX4e/3hy6Pjk5efTy+6ZGIv0TVv83RaQ8"
    "/KPa7t2SIAAGuXCjO9EHyRjFvzdXEZG/MbeIaAkJkPyBjnRpAWzEVn9AJ4ElNBUm8sX5dz"
    "MC06B9+ylJ2ftQOgUTv9VlwAsQ82DXR+OHGKsBWI1x9YzFGcGVnnqRZFFsfIWgF9fLKXsf"
    "3nm/4zLP+wP1VBOCBoIbZbifiZ8Ho9TiWQozStxPnNu1JAv3lXgDTeTJ3eDn+5noEyDvY/"
    "h1eX2WDHqZK2JENzyX+JabB9jLQqABnxKF61kwt0N24Zwg6SqzY8np9Hyt2AVWLc0oQtch"
    "1uLNCNGfAJaRRkC3iQXgXfDEoJcBpgjBlgClsxl84xmXa+yJA+CpNwc3qoMRc3uBLFO1ub"
    "3sQ6ssEk3BlVdViF15C505RtiLmpW+YWKCo8E6DKBpqk+64tdH94sJ0dVLrEnoNLTMZ9PA"
    "s2mypzlSVbi9FJ2lpqDkhOr8npnfi4G8ZP6eLeS4hlDnydOfB1Rw00bI3YXNDAbjzcQ6we"
    "rQ+p80CdHG93skm3+CxNbObn0D7t//6KSd+qPjcsRmbqA54772KQJK9szft6wU+GR99xF2"
    "Mm0UeNR8IHDmNDR280thwfEHFyvesCyxiBUZor3wkNe2PG4Zr1Pl4U467mOSdD3p4732H/"
    "xjPjeVVw5CPx3d3v+bgmFOthM5+Yn/oJz/wKQ7WXmN9P516ZcN6BTTwzA6EGb9rpZvrRZa"
    "ZcoxzlO3bkNnP9fQ5+3IYhv1U37k6cjI0GeFs+xpod5g3HeCsHAe/YidswyOu2QEsvjPTC"
    "7BEPtvINSPP8Wp/DPhhtG5KWeaqaZifDeMCvd4ssBhq0KB8sr3Ktl6giEL3LT5d0+blTGh"
    "A84hFUhsuPnKIwn/QP+AuUX9N4oMzT6r0KcN7Rq10elY7adU4CZx0P5YYBh8IHwVz/TFg2"
    "7pLgWigOjDkZ3GALmMhUQT1xzBV6/PA/EAw7EhYCLLK1IkvLRJPB+J7SBVN4XBLM/DE8cu"
    "wH9gfB9V9uzr0zO+FVVHaPRfhSlhDjjowN3BR9Q8/4gIxDZy3vjEOClBy6CZ2qFjxwhMFQ"
    "/uFfKRsGEnGzBD8UDHu5h3luwUzj9f9U8hd1bL9I4cTWV6Inqpc+1Cti14w7lzPO9wqk3O"
    "yW8UqW2W0iZ/v+gYtx+CVhfkgBKRbndsQDgg8v8KcDoAonxzfjH5K3GHc4IXxB+IN8/bl/"
    "0ye33pPwyIohgeWSXH45PxcG3MhwosbJtQbkdVBuSP7T0oP6PXIMSTam2VfjcztBLTM7dm"
    "ywWiwd2Ogykzvyz6OJEDXZ0dW56V+f/9aFbX103of/YAvHQ2lOry6uz0EeEKLc9g+m8dDy"
    "T6bhg8LjaPiw+B8wMPw/HFilM2pkVP22rQT+XlwF5ChNK3HejsUrJryk8X7qTJo4rTyUpn"
    "w8bHqbroB8mlhCXx76pG5RxQyWRduK5aZuSxhVHdOApYOLzNWEzwzSNtgitx1hlVaf15n4"
    "hbZ4OfXLTH0NZq/lKkZGpFD+pI8RtW+6vylzXPOb/NOa36QOa+b2C1iiq4mRcar24fy6lL"
    "z+ukBef52W1/21odoyHqdqH9SHR2UkdmhVcF5zSl6XKSRrLeP74Lx4JqcWD7+cnvaHQ7QM"
    "9W9urm7qMQrFTyv2xoBGID6GSvYf0VVO7fD8JN04lUzQTetl1HFsp3JN9jhV+7aRzSsCAj"
    "FPg62iA6QI24B27YovB9Gh/GCaO1Ck1sj4L+xDLi1ZJh/PQ1z1/NgUoZzy1ad8zD+/Fvo+"
    "oUS/OvqiUEX1si0pOrmwZBzlABiJMzDXqYuTQStBzgBZ1WaguVYHOEknwc3aGlVmW/DE6v"
    "hmkUqI0xAveegTs5eOVjHyI0nZ4P2vc31z9evgrH/DNfvhaHDRG/XP6tHuozD5Or4/HK7k"
    "+8OppOjrS0ccOTWv8lEkqOShnlmluAyHeZJFNXDThHK9ScMr61Vs34gSRq2WRTikkPiWiL"
    "ILA4YrYBynkjiXsGbHgrfLp/BGqSTOsr6NrG/TLLC3Ut/G++w3gCrMencY9rZfa0VZbOOr"
    "ZAxeGEIk/SSx6W0A34uwp3ZiG9/pS2CbGd9cGVev5k87MQ0l1BJ4ylpXpTDNrXUVorq7JN"
    "Vzezp0Vcft5CSrBve7TyWtKqY9VVjQ9sns1U+OPReZkbZIjgR6THP0bOI0v74UNBx30cYE"
    "DSxsYdxh+SaeXImpmjxB0rVtYps6P8jJyCh1Ve/jMaP10mvDczZ5EiiBP8b+A5U7GNEY+z"
    "XhE3B4/uyEwvjEhNHhh6bCXo31uAzMGJ3S93gaFC6Bk6V2T1025kTwD1i+kvWrGiOiYhe5"
    "h6RG2Z9G/ImIviSxDOprXFBfQyoSiJOgbYtP65xzovndwoXeOyYaG1Y4JVr4hsRhz/6Bdr"
    "zOQXQt9JZb3jdffL+MTj+QMf/Ns+hx0ePWX2gzp1bGmr7lZz15JjWnTx2rV2mF/WhMc03f"
    "mWtshrnbWy6bu8QKY/c/jo5ev3579Or1ybvjN2/fHr97FVi907eKzN8fB5/RAh77qn2TeP"
    "7CO/dne5UFNyCSC23jFtqoapLnyC76vL7Tg900dtb5lcnDwOVJ1TtfuPa26DSeMZxXMCq4"
    "VyiW2dBKqV45agn8ckBnXXF1FiWix5kNGuaj7dx7GqhuUP09CdRWlItQITY8nZnqU+zBgP"
    "sWxfpIWI3pUbTEIs9YHIDlFpGq6/mofQ9cwmvnIbknC87VFciDZCoeLKpWUUvHQ5b5aXUT"
    "Cto7DSpM+ZFOwWWHiqJOsLAB2lg5mncL124tzzgJ76AHfXPZs0vGsbBKLm6CSEoZiA3wzR"
    "2QHoZzk7FOVV2Edo/RvOBhokFTGPNkybyzow23e2tZHD6NeqCowkowFjQw44VhwFlaWIer"
    "coGoZLmm8JTobmEtpGBWbqYgkrRUyMJFWwtdk4WLcvQdWbhIFi6ShYv2BHhZuKjl0MvCRQ"
    "1Ip5KFi2ThooYALwsX7X66y8JFNS0rsnBRXVDLwkXNWcb3zfUm0wlkekybcJZpXtvFV6Yq"
    "bh/j3RYAadpuu4XSQmhLzC9PURR1kkHcJpBrDj+J+G0rTPMEVZvw30KRkMrwZpFKjDMwDl"
    "3+VTWkOKXUkBqtIQVhGVVEnhhR+2SekzInJp/kH5l8kjozWaZby3TrJkYhPpluvZsgxC9o"
    "FvjI88g6GXGI0dvdolDEWEIab1oqRYQt517SBuIT5GzwEDeMz/MPiORPTKRy8DMZYbjk8J"
    "jMDWvpZoUcbuMhGFeI/erqiveLmX8rgjss+Qv7A2KDJ/mxpTaDpwpU4Lk8TbJLxuICHhN5"
    "gEdSrnionsG8syoxdzAcob10oQto1L21cJDQxypytCSOHSi9ZMH8fJXI9Auejj9Co4WI+U"
    "lmsfweaV7tDEGZ0rJZbSc/Qi/G0CriY4xQSo+Nlh5rt0c2jZlbN6zLIMktB0kGmQrlN4qA"
    "pE2Gg5qNY7xmfEXcQxoJ/NrAP2F+L8K/1Rb4mtlQolJ34RK0sWLdkh1csCwqrlvEiBbX16"
    "2ZBdJGJm1k0kZW2kbW0zTK2AgX/06GjSx6u1tkI1N5w8guUiZjd0EdZluqSQS1KHTCbUSi"
    "ITsgV5a54imyw597L4+OT9AgxFyYW3pWCu73d1gpiVSmb+42fZP/XwFov30LV/nDUkrtYY"
    "FSe5hWakVJ+pnKMorK5KMcp2rdtN68W49p9iIr7+mfw6vLnNDSgCJp2TQ0l/yXmAbbR4mx"
    "AFjEImbOTKV+JLM8unE7JXaQSv2Q4dvPwbxMvy0M6G4NNscpN8DmhgUstInLpspcBUSzdT"
    "7nJK3kdJM5LVV8qeJLFb+0it+fq4YJn4bF7XEpFT96u1uk4lNsqGi8ZfmiXLw5j1CxUCu3"
    "lxZGi8DXjiWWumEZaqwsbVv0gGD0yQx+UQep/FseAS8W5WBQCi+HNVkRleAp2Zn1uGp6NI"
    "bMcKsCEvhWBY8eG0QsDOSL5RomGYdyBRbCmtj6igDalD9ipj7Q5LOlaaKJC2a3wDQBzFP4"
    "B1MF7RhRC/epo+MyujO0yve8H6e05wA05Q4/3UrTO4t2W7jvcLZvI8scV7bKpqEYUetWlc"
    "1bhqSB4imhrBUKTYMMFA1byNrEZam2SrVVqq2l1dYh8GiQ6ZT27nSLlFUGbRSjrCv6yqIE"
    "KV5iboOl+zWQ8UyNO9D57mAVmPnHcPAcCiz2Z1hLisdqkB9U39Gszg1z9WNaGd1w/97RS+"
    "JioF2+B4U01hcvw0wueqfE5uc3zfjJT6ACGzofhUq8GQ0odAmz/RagDIM2i4owEyNdOg61"
    "3FsrbH4Q12EN0ZBCp77iK2jiA+oClaULkkR78WpSz23iCtst0HPDKZGGOzfaLU7UpmC3ze"
    "Wm2+6akn+cUkr+jZYJ90vyl2xel81i16vM45BMqnZN5q9DH0C+WWu1jlFKv3OTuSwrxaYl"
    "TFkpdp9t+NK8/BzWLWl4lIZHaXisUDaGG50y6sUIbhQVivEK8ZdPfsGAFBGaIsJPhB+aiC"
    "+RcSMcsWxnrprGX3D9QTWXFGNXZoY2I/Mlw3IuRDA+PyFmkw9B2+NYhNYovMsx4DefiKPi"
    "aFCFRkQJeek2Y/+nQzXb0cfk0TFcbtuUJ7o3ZjnrFlj5kKtVk22iNC3cQ47LyGPH+eLYcU"
    "oa8wFbI44lg7R1s/ywFOKHBZAfpjGvHKIlw7MqhmetG5q1nbCsBs3nrWh0C5WxR9hiK0dm"
    "pQhbOL+3kiNpGdp95TzUCE37TBWb3xnVBxBMHGXpVFqq41Ttw3lbh1AuAKdK0zkgaCPGpR"
    "AuwDd1OpNtVjxv2Kdo8orc+TLs3+Dxwr2zi0FNJwsjLv6xwvh4PESYP77S+cHMVd1lRvJ1"
    "EUdCmkbzpHc6GvzaR66cDYa9j+f9s3oYI+DxWSNGgczxR1GJP97bKl5pjyrrUgZp+1aorQ"
    "g10jGQi36rHAMLfU02xyklmxvNZp7dbtpTw1o3NT5KLGMUmszruW25M3MlCnEpfy5tN2PL"
    "LKpEmNPBWkGaDePzjkp0Rnwl1ViRpKwvUPZVkgOv9gH1lEN2N/7DX6lj3Bkaj28+hUudDF"
    "9iqk23yK/4EGmtYA5laScjM7691I2p4fJM9C5B6x7Vu2QCc0onrk1Uwtd2Lx9gsXRgQcr0"
    "JH5HT2UC+sUOEzH3Cnr8MyJSynD/HTsCk2wqC3iKvQ3Wmxtlzw8/g/LmiQhRk3Hu3PQ/D4"
    "aj/k2XXPeGw69XN2fKTR8ao8Wif9EbnCuAy+Xnfj1WCw8132zhDw4NF/Hh4ZXo8CqZM5qS"
    "Nt+oT2fzifOq6+KBQ1UOho2SyJSkLEFWGoWegwa5XylJMmNlzVwGeLXlfL2vOU4q7UFN43"
    "ND9OAeaK3arJNVVV7c6RYWlA/bPKXn5jN2w5Glz+XMv+8UGfLVxwfqsMxU8XzZN0LSQsn3"
    "6LhM/hS0Kgi5S2VQ4UdVAWGveQvR3Y5v1LbczOS0/HLtERJZr71ivfadbmZ//z87dw7y"
)
