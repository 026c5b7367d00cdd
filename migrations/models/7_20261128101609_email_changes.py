"""Add `email_changes`: the old addresses of accounts, and hashes of the codes that restore them."""

from tortoise import BaseDBAsyncClient

UPGRADE = {
    "sqlite": """
CREATE TABLE IF NOT EXISTS "email_changes" (
    "id" VARCHAR(32) NOT NULL PRIMARY KEY,
    "old_email" VARCHAR(254) NOT NULL,
    "old_email_folded" VARCHAR(300) NOT NULL,
    "code_hash" VARCHAR(64) NOT NULL UNIQUE,
    "created_at" TIMESTAMP NOT NULL,
    "expires_at" TIMESTAMP NOT NULL,
    "user_id" VARCHAR(32) NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE
) /* A change of an account's address, with the old one. The holder of the old address can revert it by a code. */;
CREATE INDEX IF NOT EXISTS "idx_email_chang_old_ema_ee45b1" ON "email_changes" ("old_email_folded");
CREATE INDEX IF NOT EXISTS "idx_email_chang_expires_23a219" ON "email_changes" ("expires_at");
CREATE INDEX IF NOT EXISTS "idx_email_chang_user_id_1f02ba" ON "email_changes" ("user_id");
""",
    "postgres": """
CREATE TABLE IF NOT EXISTS "email_changes" (
    "id" VARCHAR(32) NOT NULL PRIMARY KEY,
    "old_email" VARCHAR(254) NOT NULL,
    "old_email_folded" VARCHAR(300) NOT NULL,
    "code_hash" VARCHAR(64) NOT NULL UNIQUE,
    "created_at" TIMESTAMPTZ NOT NULL,
    "expires_at" TIMESTAMPTZ NOT NULL,
    "user_id" VARCHAR(32) NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS "idx_email_chang_old_ema_ee45b1" ON "email_changes" ("old_email_folded");
CREATE INDEX IF NOT EXISTS "idx_email_chang_expires_23a219" ON "email_changes" ("expires_at");
CREATE INDEX IF NOT EXISTS "idx_email_chang_user_id_1f02ba" ON "email_changes" ("user_id");
COMMENT ON TABLE "email_changes" IS 'A change of an account''s address, with the old one. The holder of the old address can revert it by a code.';
""",
}


async def upgrade(db: BaseDBAsyncClient) -> str:
    return UPGRADE[db.capabilities.dialect]


async def downgrade(db: BaseDBAsyncClient) -> str:
    return ""  # aerich asks for it; the way back is a backup


MODELS_STATE = (
    "eJztXVl32ziy/is4ekn6HMUTO7aTmzwptjqtaS8ZS05PT3sOBZOwxTFFqAnKinr577cKIC"
    "WuMilroWi8JBaIAsmvQKB2/NkYcos5Yu9kQN171vhI/my4dIh/JK40SYOORvN2bPDprSO7"
    "mrKPbKO3wveo6UPzHXUEgyaLCdOzR77NXezcIqo78TmZDKhPKBkL5hE+cUWTuOPhLfOYRe"
    "48PiT7ZGL7Az7GTvd0tEf6tiX6hHpAPWAEfhB+p0ZRg1p7+BAWN+EpbPd+Q/cbu/bvY2b4"
    "/J5BNw/u+ttvDbyJYVt4Xd2k8d//wt+2a7HvgBX0wZ+jB+POZo4Vg15RyXbDn45k22f7vu"
    "P6P8q++Iq3hsmd8dCd9x9N4dHdGYHt+th6z1zmUZ/hHXxvzOTjOE7AupBH6g3mXdRTRmgs"
    "dkfHDrIVqdUDzNsahnFx2TO67Z5hNFIsDykiXAmaTO7idIFHFRIAOQXf/N/Bwbt37w/evj"
    "v+cHT4/v3Rh7cfoK983vSl93+rh5mjpYaSmHW+dC56+EAc5qSaq9jwt6ShPlVUkhlz9ANu"
    "leLAnOZpLoSYL2JD2DDnw/xrqhkj5sA/wNumYYcFyGsDvhL4DjwmdU2WYkBIm4AfXqo68D"
    "fE2BwQKki33e12Li+Mk59aF1/ap8klK4cnQ/rdcJh77w/g57uDBXB/a13B0Fev3x38EMf8"
    "IrhyIC/F0YfFLQ3+P7uXF3lrjsjA27JNn/xFHFvs4rRfACkCgSMPhfjdiUL5+rz17yTKJ2"
    "eXnyU4XPj3nhxFDvA5AbnpMQTHoH4a+VO44ttDlo1+nDLJhIB0L/xjNazY5E6wgBO9znm7"
    "22udf42x47TVa+OVA9k6TbS+Pk6waDYI+aXT+4ngT/Kfy4t2kmuzfr3/NPCZ6NjnhssnBr"
    "WiQIbNYVOMyxFBIL2yZbM3QlLlBa34frKGtQulp7uHzB0c4UvD/SP3mH3v/symqa0kAXIg"
    "+l4Hw+wY2H+HsylsnX+7Hp3MxM3oJIN3hzdmvpqWre5J67TdkAjfUvNhQj3LiEGNV/gBT7"
    "TM+qYvDQ+GyRbq0nsJDr4FPvNc4fC7TAj11ln6yOzyQqVEqE7FtRLuPjJPUGwBwX/AqAXo"
    "9IktpOzvUOGTIYwJT41KALYJwMyEeUFuPZhJg0/EDvUC0BNcZ0rGMAM80CUcbj5AiyTy+C"
    "RTSdnw7TN0loR6ElNhADz7kQX7DTRB398aD2yKl/9bSpHJX/VWueBtV49Zi6iWr7H4tu+w"
    "MkjPCGq4uxy8fVsAb+iVC7i8FpfURvBpcpeWwThCshTKwYStJsj7hUDeXwDyfhpkuYiXgX"
    "hGUD+A1zKLQeDxxxlaXjEVe05d5VWj0Trpdb61CfdI++K0Ksr1yHZdlmXV49xh1M1ZQWZE"
    "CcBvgao6iK9Cqft8eXkW0+c+dxLmoovr889tWFIk6NDJ9nOsSIHkVGYdiZDUbyVZ/WQOxF"
    "AAcOxmWC5yjaQpujrZSg/2D98ffnh3fDgzkc5aFllG0/MXJX0jhKq8ZSiDfAXmoYrN8DqZ"
    "h2KaVRlOxwg3YwLUTF6Sybtl6dVsXpLN45G1JJvjlJrNlWZzYPcqIWHOKbSA+bSAqT0m2m"
    "Oykx6TxCKxAkR/VqPs1vpQFM/5qhiDE25PLq7PzrblgTpX2lMjw/sUXmou8jwF2ldhz5ML"
    "Q6BPh5LAZ/VKAFxMtoVjZbmMCtHduDdun3sW82a+JIuN/EEQ8PaJ9G1hhJ6kPhlS70H14i"
    "4jIwodfQx3U/4meRciBnwi9sgvA9thcHOPjZwpjt3tXbVb552LL80b1/YFmXi2zzzSn3Dv"
    "QX44MPxY+EDgsgnpO4wKZoxd33b6TUJdiwifj9B1ZTLSx78Nj8F8Fkouko8vmA9P7LPv8B"
    "Mp+iAdC+4CJP0bNwzTk74y4dIRPKhf2NkVvF0wISOgqEXVwgA+dHqN4DaubyR9YPj33EIa"
    "eTftHtu2e0wxL4V0rp1q1l/bpzLsU4kvo4Q9O0GpjdrFjdoez3PwPu23CWmrLBc3rrvtqy"
    "ZpdbsdUM4ueui+6f7a7bXPq+G/wR0njX8PWnMc7EH/KmO+EtW9/e9ebIqnwiJnmvvZ5cWX"
    "sHsyVjIONvV9ag6GDG+fwjw/IjVBpiNTnxGZOhOrykz6GFEd7Bybnvgvwj8/1xLIyeX517"
    "N2r33aBN3h8utX/OPHVuesfYrrP+yC7aur66+9qjjx72zXFgNDTfNluZQapMIfSmMymEqN"
    "Siq5hMHgVjVYwTyPe4CqVSrsLU5VYeArY4lViA3nVo+ie0GKsA5ob3o/0AFx6w7r9Phw5B"
    "s+f2Buxr6bayFI0S1lKaga3is2FJiAkcPwKcoDnEmrQU6D7HOfOuXxTZJpaNPQjmUIleBj"
    "z1za9pIco8LrcuPr1eW3zmn7SobOdnud81ZlJO+ZB6HMZhgjqjDwS26Ix4cFUD4+zEUZLy"
    "UiDyNOixTOT0Qdxkl1xGGVw1dSrrWy3M4cQPO8yjzXAYgvgs3KurQUnxOk+nOuMp91BOKa"
    "87VmQR4lII4RaZSfRjkeclMU5jhVlX0dVY32FPP6Cc8MT0xUY9gx2IvGKcZn3NOhn2ohWA"
    "G8kXDD3Vo5iiIbWzJ1TG19Y2q7jHrmAP1FjYyw2sjV5uKaLtjPwOiagtG1PRm3ilRY45F7"
    "wzBg1vcdaAkcVB9J/447FlP1VjB2lU9gcrwSMh5WRppiowv01LH/AEJ8hHRM7lrvhpG8HR"
    "9JKJGI4OABdZPcMpOOxSweFwbz+AQ7YxSuz1xsloqcrAvj2w5WixlQET6cisANRwFaLHV5"
    "43b/dWb7jDwwNkJPsO0RVeowqDCD5TKBkMB8ZPfMg37T/IqYYVZqWDImr9aMCqf9szGfWg"
    "2FFzY32PeRF5b2CWbdfF+T00OOK+dN8N13rz93e1ediy8NSQ9TBlvVp6ALcFauAGfA7BQH"
    "8r3Nc4paiIMb9zPPP8wScnicqhbA68S2nYRYJ7ZtMrEtNxpojerNrgIbXyOrVGaxy1zrxK"
    "H2MFseDy8+IY67lmFiv6K5biApWmw44iCQmlOUFpWAHPiSPirpFcRUAnKjSkO7sz3hg4gp"
    "JsxDGZWjPElGdOpwakF/YMGdY5sZwvi6b/ZU1ffIzQ1UXHNk3qhUjElkUnzXZRUrkDeWZG"
    "ApzFOkNdy91xOTp742A3TTQTnre5yuhnivPuRjt9zCugL5ct7C2ZZS4nOK0tTwU9K63a5C"
    "vJyxIoNUQ67V6Qqo09GZqXXqougWUaxTW6CGtwC80Y2/SgaLU86HzLq8/R8zM32IsevNRW"
    "YLS/Y0uOxa3HKh+qtyOC4nd1j9xmXMEoS6UzKEmfSReGzIH5lFoEvfZd99w/emWLtGedeA"
    "QXjtHtAPfHByMDE2TRwn04Sx/ruiX7GFve7RgwdipZC1f+64Rxg1B+qWksQWRE0Hq0kmA9"
    "scsEegMKkwqcWIxRl6Mz8RwfCHKf5hMdOWjrp/vH27f/BGPiZ19obWHun4Ny4yEN2c6jw+"
    "fFT4O4i1CG5AhnRKbhm5xye6lcmobsGKPtq5V0nnnprPZe0pcara2bLWYkihvs+Go6waGr"
    "lTPUqiix9l5IRFVteyBpMEqbaYVM1iklJ7tiPn/GjL103JN7J9oVyDG3XhooNyV48WD8Q9"
    "WcAe68OeHFbSC4SP/nz57RNbnSMlfBA9mvinx1TJPlsKCFft1umvWdUK13tDWeZQ2H8wQw"
    "4oI6vkOb0TipKSy8dAYaFQ4YSEX9sXp7IMCUoe8kwCQXyODFTOIJRKXgny+5j7VFVLROkD"
    "bv0J3kGVKblxUS7BKCqQXIJnj4yG/iN4/z3SZ99HNkzPsIwhDs+gn4QjeA4UuvaC2oYJ6c"
    "fh7n0T6Rx2B3ITnk8cHkMMAtgttKN76naMYiIXgbAmgFbwZcsfBs6oiCYblJfRXqkte6Xk"
    "/yWADvvX0Nx1cHRURGw6OsoXm/BaouTJd5+52eHxCyrLRIlqiPT+cQGg95M7duS0r+P0IT"
    "KWTRVGJXCOU9UR6INFAukM6YP3+VDjtUSezWxfLKf5xunqpBBs+GRzMaAHR8dlJvqcon6J"
    "ZKt3Y7+IwnkzeVVKvFilQwmhSVl7O765O2o7Y69UjbAISR0m+aajtqtjSavU6rIWW5otjJ"
    "HHTdCRlql6HSPVZa+Ll73erfCkqjBgJ6xtcZUrtI6UZXOcciM1K7RJdTkmb7SE+gsXDXRh"
    "BR30t8sQ6wi0TUag6XIgqy8Hsh3f4RePj0eNDOehutBc5D28xy4F3Yf49aB/jRMxQNcdaJ"
    "Nij6jW/3HbndUFkGcUUyQjWHY97Rd81kgrDgLSzqqaOasqBPV+IavE/gKrxH5GhM/smyh9"
    "FEIGaR0E7XUbmhOwGXmlKgoDbzyzdEUS/wpN+dWjP+SuP3Cmqm65IQMzyjm0cgaoUfXzDT"
    "u2tIHuKWmyFrYbfa59bdlckahHqaCcMywt1sjTX4LLT2sxxlD2LFEiLiAY2CMVkyczEkD7"
    "oEQOmF3prQhRZpEI9ZBKqQg19fyKaDribstKjN7karv6RTe56FdZ9JuK0mhrrjaYV9Bgfh"
    "+a/p5p252ZEHcM7qJW3einXCxrW7shnu2G2I6wiQWgM4TMoC50vnCJxuliMmWLwNZvMde3"
    "qSMzaTFP5HLE3FbnDZ5tR30bC/gy1xpxgE8mjcgbfiJ9wYDWNwSjTlAiuNXuvjk4On7z5e"
    "S8SW75GJN6uUwisa2sVJuN3VulDmNlNWWmV4IvkklrvqWasbO8gBWOlcy8R/o4N2bJMFJ0"
    "Ri9AIDERu1iNNcnBtOg8+5a17PyiHQCV2unX4gKIfbBpoPPDa1KEtUB884E2EsWBnXXcw6"
    "JImxhZLaCPT/Yitv9803+G5X+jJyFXG9u1RDjfygMcvVIgR2lqifPhh0JAH35YgDReTB0u"
    "BX/5gYEyDvY/u5cX2WDHqZK2JNv0yV/EscUuJmUtABnxWLxqJxfoZtwyhAMkV21t0FtqA9"
    "01g572Wr0INjtU+AbohMswOkmrT72sMqe3YqGvGD+1gX4nIdYR7ZuMaN+0z6Nia8TqXB7b"
    "sc+fUMdpZBjoZXtzkYXehB7FTfTQGY3ZVJm/m7Oj8rC6FJZggj+DQ/IYMNL6hL/42HfsR6"
    "bM1rNilUE52qa0haNBPSdsZBM3laWwgkNOwjq5oi87zJrnymRf1t5CLemTPGZQ1eLCKoB4"
    "TqAD5KSPp/8JnE7wnL7oYz2rwHnQV8cRoiHgxr2+OmsGT+g9ytpZfAIvc0f6tjBUm6zotU"
    "d6GH8ZVsnC++EEIKGVH0HANlU9C+/wABKBC9NE1hul5A/mcVnk6sZ1+S23pmooZhWudhVZ"
    "TeIqXUbhq5kpKbtnPBsku0/yjJf5IZ3Z/aMfZs5dZzUrsq9nt8YZmaDWvpIt+0pGYw8k5h"
    "x3ydNlTCLkVRbDGlftr2e/NkFT6J21sYpJD/SC5EK5HdlXW5nXbWUO940yIEdpaonzeqzM"
    "sT03jfdTNUvitLpoSfGiJXnFqIyTATMfmIUredojuBs1qLrXJyftbheX7fbV1eXVOtdtcv"
    "JT++Rn8vomAOemQToX5PWr4BleNckr+QyvfiixxKuhctLl8gvhxalqlC+0ssrYzPO4VzoN"
    "MU6l7XNPT2CFWO55MfkBHynCOqC96XiPtAJVYldNE+tttfi2mrRolJn7WbRV3mcrO//T9q"
    "Nl2LAwlEEzohgjxAiegBlly2qlCPU2UB79kceHI1+lkZc5XyVFpyXJjJxywMhhskJCaYAz"
    "aTXIaZDH0h4t+NgzlzY4Jseo8ErS+Hp1+a1z2r6Smmu31zlv9apSOdkae6oeyLDMTE9Q1a"
    "k4+8om+Z3tiWC1LQdumlCvIRkLtWODImPYGZ72fI0/RlThFWPZuPciJ5Ic5h9Icpg6j0R6"
    "ImGhLWc0j1PVD+d3hbwT7xZ4J96lvROhflL2pPQoVf2g3j8o4p+AXguOJEl5J3QIdi76Om"
    "JTR2yWkR/nwSRFEZ5TaHwLRAXEjhovHBoQo9I4F3DNbato+QvDWUd46wjvKkYj70TN8oqt"
    "FUWxXVCyHB6BXFyfnTWyNr0V4Hs+H6me2MZ3+gLYZsZjlcY1qFZTT0znEmoBPHW2x/OyPe"
    "aobifdQxX3xNLMjdzSn/Jqs0DlT+xYovCn8hKp+p1hjSKZRKIO0b5l99TFmp5YQ0mO3cRf"
    "172TT6Qvf8sMCNsXRNqMoc+QuX52vdA13uvJMqOSPlUpqVTE/6LC2pmyYYaRPJiX1Q3532"
    "AV7fxEgGE428vYxWZE2iRWaZNYnk970ef1TF921di5nVr1ur6rLj66c7LZljNxsWxkXjbu"
    "7NpCsYxDL6N8Wu4Y+OWRCZ02SVDBcjLgAv7l3gNcwPRYy2bWRyLTaVF8QrnI4xMUmTAH1W"
    "HWPY5gw3WXMaspE2AnqieB9RzzW0Ruhu6m7o/Juh2fILSSPJAFh3QK8iC5VzdWKcHMtbBu"
    "JsbtGbfsDj6hWVIvFdyF5583e0w+hAkLG6CNh2nJYaHtxg30VXgHaza2lD2bpB8LUMPhCR"
    "MgM8AHt0dadzAQ6VuMWgbFv/skzL6FfvC06tWoOwXJ1Ct6Qlekzn0s8zWVN6uzU7ebnarN"
    "89rdVCectdt0vfhq1//6MdYVA7a9WOuKAbpigK4YoCsGfHxOaqPOKtVZpTsCvc4qrTMjdE"
    "ZHerfVGR06o6NmUK8lo2O7OdFVW7lXnWsXOAysXHwXuY8ziOsE8ob9yBEHTIlpnqCqE/4r"
    "nORxR1YJeLNINcZZSbs68e4lRBnNvbRl2Ryn3AybN+k3rROXdSqPTuWpYjhTRc/9vUYz3e"
    "ex+cD8RkZAU/Ryc1FMkyp8cyt7log1F+NhEP2N+MyCv+UZuRjoE5bxl3dMxITLsvrwuGT/"
    "iAxtd+xnxS6t4yYYoITjWnQqx8US/FOCSz/5A8cDYqCEUcTYxBOAFSpwX/gEPL9J+qoBpA"
    "Y8N0C50GUcuzpiAM8nnj8hH/swBHRq3rj4kDAG3FUGKeGz4bMDpZpPucX+Y8X7Z3fHH3MH"
    "vnLDpQ8OnncvF2+kY+NXq23lhyHFGFpGrokRaum10nLNxmNzqsZMHbew63ELs5Dn4hvFjK"
    "ROhosNG+dkleuSuM9pNPBLA/+E+X8R/rX2AGyYDQWKpy5cglZWP1WzQwqWi2p7LmJEjct7"
    "bpgF2kambWTaRlbYRtYyTSaEPKCxkWEji15uLrKRUdkxsosUSf0bMU9wlzpEUauKCdJGpD"
    "qKPXLpOlOZa9f9qfXm4OgYDULCh7llZeXyPX/AUhlsOkdtuzlq8v8SQIf9a7jK7xdSavcX"
    "KLX7aaVWVcQeUJFRnSIf5ThV7ab18WEBoI8Pc3HGS4lKiCYfZYUi4ym9OWmWM4qkZdM2ff"
    "IXcWyxixLjAmARi5g5MxX/mgx1bcbtlDhAKv5VB0e8BPMy+z6yYbgl2BynXAGbKxYnWicu"
    "O1T4Bohmy3zOSVrN6SpzWqv4WsXXKn5hFb89pLYDn4Yr7XEpFT96ublIxWfY0TBlz+LVfW"
    "R3GaHiolbOxy5Gi8DXDguCaKpAFQz24I6FASt7BKNPBvCLeUgVXgoIZO0ZD4NSZPGZ2ymh"
    "BI+TzSzss6FbY8iMtCogQWhVCOixQ8TCQK5d33ZIfy5XzIrqANpM3mJAH1ny3to0UcUFs7"
    "nANAHMM+QHUwbtGFEN96mDoyK6M/TK97wfpbTnGWjGHX66paZ3Fu26cN/ibF9Hqh2ubKVN"
    "QzGi2q0qq7cMaQPFU0JZLRSaChkoKraQ1YnLWm3VaqtWWwurrV3gUSfTKR1caS5SVgX0Me"
    "yiruhLlxGkeIO5Da4VFlPF4vx3oPPdwSowCOv5yxwKrL9ju2OG9fnJaxo6munQdqY/pJXR"
    "FY+PGucFDxpn2uVHUEhjY+ElSs5bJ4SD1ipv6vEJqMC2JZ+CkmBGAwpNInjYA5Rh0GZRER"
    "bqSceex1z/xp1334vrsLbqyGDQUPFVNPEHagKVaymSRH/1alrPreIK21yg586nRBru3Gi3"
    "OFGdgt1WlxvP/SUl/zillvwrLRPuluSv2bwsm9WuV5rHczKt2lWZvx57BPlmqdU6Rqn9zl"
    "Xmsi6Xl5Ywdbm8Xbbha/PyS1i3tOFRGx614bFE2RhpdMqoF6O4sahQTFCNuHjyCwakqNAU"
    "FX6i/NBEfYlCGuGIy70hdew/oP2ROmOGsSsD2xyQ4VhgOReiGJ+fELPKm6Dtsa9Caww5ZB"
    "/wG96qM6fYrAqNihIK0m364U+Pmdyz+mTi2b60bRY0+Gkr33atfMjVssk2UZoa7iFHReSx"
    "o3xx7CgljYWALRHHkkFau1m+Xwjx/QWQ76cxLx2ipcOzSoZnLRuatZ6wrArN57VodCMqxA"
    "S22NKRWSnCGs7vteRIurb5UDoPNUJTP1PF6ndG+giCiWeMvVJLdZyqfjiv61yoEeBUajrP"
    "COqIcSGEF+CbOqKCO0sf4BfSVnltblx321d4al/r9LxzkVRJN6nORBKsfeqPMxKsi6E+p6"
    "407q2TXuebPC/xtNNtfT5rn1YD/OAFjKA2R5mFJYO0fkvMWqQSbdnPRb9Wlv2RtSSb45Sa"
    "zZVms0xPd/i97S6b2x4l1kEGVeb1kLv+wJmqSlrG72PuZ2yZi0oJ5gywVJRlxfi8pRqbEW"
    "dHOVYkKTcX6fo2yYG3u4B6yqO6HQfgN+bZd7YpA5RPoKmR4QxM9Wkucgw+RnobmARZ2Eso"
    "7O9vLPve9mUqeZOgeY5ZTXILc8oiPieUyLU9COgPjnjPcgU+Y6QiEflqh4nYa+eHzUdESh"
    "2vv2VPXpJNRQFPsbfCqnClDPLzz2AZ20OEvMqIN67aXzrdXvuqSb62ut1fLq9Ojas2dEZz"
    "RPu81TkzAKGLL+1qmCSqkrteqem/+ux16vt46k+Z02GjJDovSJ/nWAbqOmmBu5UXpNNGlk"
    "wogFcbD5f7muOk2qZTNT5XRJdtgeZpDhpZpd3VlebCqu7zPk/pqvmMXXF450s5eO+ZIkO+"
    "CvjIPJGZr50v+0ZIaij5HhwVSWKCXgvi3lJpTPhRlUA46F5DdNfj3+Sun5khll8zPUKii6"
    "aXLJq+1c3s7/8Hi9POzw=="
)
