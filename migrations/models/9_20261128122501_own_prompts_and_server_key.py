"""Add system prompts and history lengths of sessions' own, and `server_key`: what admins have set of the server's key."""

from tortoise import BaseDBAsyncClient

UPGRADE = {
    "sqlite": """
CREATE TABLE IF NOT EXISTS "server_key" (
    "id" VARCHAR(32) NOT NULL PRIMARY KEY,
    "secret_sealed" TEXT,
    "secret_hint" VARCHAR(4),
    "base_url" VARCHAR(2048),
    "model" VARCHAR(200),
    "parameters" JSON,
    "updated_at" TIMESTAMP NOT NULL
) /* What admins have set of the server's own key, in one row with the id `server`. The settings apply to the rest. */;
ALTER TABLE "sessions" ADD "history_messages" INT;
ALTER TABLE "sessions" ADD "system_prompt" TEXT;
""",
    "postgres": """
CREATE TABLE IF NOT EXISTS "server_key" (
    "id" VARCHAR(32) NOT NULL PRIMARY KEY,
    "secret_sealed" TEXT,
    "secret_hint" VARCHAR(4),
    "base_url" VARCHAR(2048),
    "model" VARCHAR(200),
    "parameters" JSONB,
    "updated_at" TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE "server_key" IS 'What admins have set of the server''s own key, in one row with the id `server`. The settings apply to the rest.';
ALTER TABLE "sessions" ADD "history_messages" INT;
ALTER TABLE "sessions" ADD "system_prompt" TEXT;
""",
}


async def upgrade(db: BaseDBAsyncClient) -> str:
    return UPGRADE[db.capabilities.dialect]


async def downgrade(db: BaseDBAsyncClient) -> str:
    return ""  # aerich asks for it; the way back is a backup


MODELS_STATE = (
    "eJztXWt32zbS/is4+pL0HMUbO7aTN/mk2GqqrS9ZS063W/dQEAlbXFOkSlB21G7/+zsDkO"
    "KdJmVdKBpf2pjEgNQzIDD3+as1cQxm8b2TMbXvWOsj+atl0wn+I3GnTVp0Og2v4wWPjiwx"
    "VBdjxDU64p5LdQ8u31KLM7hkMK675tQzHRsHd4gcTjyHPI6pRyiZceYS59HmbWLPJiPmMo"
    "Pcus6E7JNH0xs7Mxx0R6d7ZGgafEioC9RjRuAP4tzKWeSkxh6+hOHo8Bamfbeh581s848Z"
    "0zznjsEwF576228tfIhmGnhfPqT1++/wb9M22HfACsbgn9N77dZklhGDXlKJ65o3n4prn8"
    "27nu39KMbiTxxpumPNJnY4fjqHV7cXBKbt4dU7ZjOXegyf4LkzJl7HsnzWBTySvyAcIt8y"
    "QmOwWzqzkK1ILV8gvNbStIvLgdbvDjStlWJ5QBHhin9Jd2xcLvCqXAAgluCb/zs4ePfu/c"
    "Hbd8cfjg7fvz/68PYDjBXvm771/m/5MiFaciqBWe9L72KAL+TAmpRrFS/8LWioRyWVYEaI"
    "vs+tShwIaZ7mQoB5ERuCCyEfwq+pYYwIgb+HX5uGHTYgtwv4CuB78JrU1lmKAQFtAn74Uf"
    "WBv8Vn+phQTvrdfr93eaGd/NS5+NI9TW5ZOTyZ0O+axew7bwx/vjsogPtb5wqmvnr97uCH"
    "OOYX/p0DcSuOPmxuafD/2b+8yNtzeAbehql75H/EMvkuLvsCSBEInHnC+R9WFMrX551/J1"
    "E+Obv8LMBxuHfnilnEBJ8TkOsuQ3A06qWRP4U7njlh2ejHKZNM8En3gn+shhWbPAkKODHo"
    "nXf7g8751xg7TjuDLt45EFfniauvjxMsWkxCfukNfiL4J/nP5UU3ybXFuMF/WvhOdOY5mu"
    "08atSIAhlcDi7FuBwRBNI7WzZ7IyR13tDKnydr2LtQerq9zzzBEb403D86LjPv7J/ZPHWU"
    "JED2Rd9rf5odA/vvYDUFV8Nv16WPC3Ezusjgt8MvZp5clp3+See02xIIj6h+/0hdQ4tBjX"
    "ecAydxZTE2fWtyMEleoTa9E+Dgr8B3DhUOr884l786Sx9Z3C5USrgcVF4rcewH5nKKV0Dw"
    "HzNqADpDYnIh+1uUe2QCc8JboxKA1zhgpsO6ICMXVtL4EzEDvQD0BNuakxmsABd0CcvR7+"
    "GKIHKdx0wlZcOPz9BZEupJTIUB8MwH5p83cAnG/ta6Z3O8/XslRSZ/11vlhrddPWYtolq+"
    "xuKZnsWqIL0gaODpcvD2bQm8YVQu4OJeXFKbwqfp2LQKxhGSpVD2F2w9Qd4vBfJ+Acj7aZ"
    "D5nHtsok1dZzLNkIgH7HuO9p0ibALgRSJw99+DYmVkIQGfXV58CYYnNZQ4+mPQ2Rx3rvmH"
    "TIYymGv9yCJdyg5SMxb4ZpCD/cP3hx/eHR8urB+LK0VGj7SBQ0gpVfaQBUETFvQGtmmQ6L"
    "1ZxsotZ0MKqet8LLY6J4Pety5xXNK9OK2L9Whq2jbLMls7jsWonXNELogSgI+Aqj6Ir2LL"
    "/nx5eRbbsj/3knvy9fnnLpyZAnQYZHo5ZlJfNaiyj0RImreTrH4x++cYADizMwSR3HMwRd"
    "ckZ8DKTkFUZQNRYQnTZwb5CuyfNVvhTbJ/xkwHVTgdI9yMjVsxeUkm75YrQ7F5STbPpsaS"
    "bI5TKjbXms2+YbeChBlSKAHzaQFTuQSVS3AnXYKJTWIFiP4sZ9mt/aEsnuGuGIMTHk8urs"
    "/OtuViPZfaUyvDvRrcahe5VqN23jKuVRumQKclJb5T9hUHuJi4FsyV5RMtRXdj39hDxzWY"
    "u3CWGmzqjf2Izk9kaHItcJUOyYS693KUYzMypTDQw3hO6VAVTyF87DzyPfLL2LQYPNxlU2"
    "uOc/cHV93Oee/iS/vGNj1OHl3TYy4ZPjruvfhwYPoZ94DAZo9kaDHKmTazPdMatgm1DcI9"
    "Z4q+WZ2RIf5bcxmsZy7lIvH6nHnwxh77Dn8ixRCkY+7YAMnwxg7iUIUzmNt0Ci/qlfbm+r"
    "/OX5ARUOSmamCEKnp1p/AY29OSTl78d2ghjfw25f/dtv9XMi+FdK6dajFe2acy7FOJL6OC"
    "PTtBqYza5Y3arpMXwfC03yagrbNc3Lrud6/apNPv90A5uxig+6b/a3/QPa+H/wZPnDT++S"
    "73YHydMa+tq516HtXHE4aPT2GeH3KdIFOh188IvV6IVVUWfYyoCXaOTS/8F+GfD7UEcnJ5"
    "/vWsO+ietkF3uPz6Ff/xY6d31j3F/R9Owe7V1fXXQV2c+LembfKxJpf5slxKTVLjD6X1OJ"
    "4LjUoouYTB5EY9WMFc13EBVaNSXGecqsbA18YSKxGbhFaPsmdBirAJaG/6PFABceuOWxYh"
    "sZrn3DO7SkRnik6Fc6Z1Vh0wshi+RXWAM2kVyGmQPcejVnV8k2QK2jS0MxFCxZ2Zqy9te0"
    "nOUeN9ufX16vJb77R7JUJn+4Peeac2kvfCg1DlMIwR1Rj4JQ/E48MSKB8f5qKMtxKRhxGn"
    "RQrnJ6IO46Qq4rDO4Ssp11pVbmdOoHheZ56rAMQXwWZpXVqKzwlS9TnXmc8qAnHN+VqLII"
    "8KEMeIFMpPoxwPuSkLc5yqzr6OukZ78rBAyDPDExPlRnYM9rJxivEV93Top9wIVgBvJNxw"
    "t3aOssjGtkwVU9vcmNo+o64+Rn9RKyOsNnK3XVy0CMdpGF1TMrp2IOJWkQqLmDruJAiY9T"
    "wLrvgOqo9keOtYBpMFhTB21XmExfGKi3hYEWmKF22gp5b5JxDiK6Rjctf6NIzk7XlIQolA"
    "BCf3qdtkxHQ644t4XJjMdR5xMEbheszGy0KRE4WPPNPCckhjyoOXkxG4wSxAi7Vcb+z+v8"
    "5Mj5F7xqboCTZdImt5+iWUsB4sEBJYj+yOuTBunl/yNchKDWoi5RVTkuG0f7XCpdWSeOHl"
    "Fvs+dYPaVf6qC881sTzEvGLd+N99//pzf3DVu/jSEvSwZPCq/BRUhdnaVZj1mZ3iQL63Oa"
    "RohDi4cT9z+GFWkMPjVI0AXiW27STEKrFtk4ltudFAa1RvdhXY+B5ZpzqifWYbJxY1J9ny"
    "eHDzCXHcNjQdx5XNdQNJ0WCTqQMCqT5HaVEKyL4v6aOUXkFMJSA3yjS0W9PlHoiY/JG5KK"
    "M6KE+SKZ1bDjVgPLDg1jL1DGF83Q97qq1B5OEaKq45Mm9UKsYkMiG+q7qhNcgbSzKwEuYp"
    "0gae3uuJyZNfmwa66bia9T1O10C8Vx/ysVtuYVVifzlv4eJIqfA5RWka+Ckp3W5XIV7OWJ"
    "FBqiBX6nQN1OnoylQ6dVl0yyjWqSNQwVsC3ujBXyeDxY+mgDVlqxDX20VmilsYUboYDw6O"
    "FdXZIz2Pk9HcY3zR6dAZ/ZfpHhnK/6OGNySmbCCCpd5hYrQIMFnKxhQ+u6tu5/TXrCo+63"
    "2gKP/DzT+ZJiZc1ACitu3MYLBB8CZ5FLV8pAkE/gGDvnYvTkWSLroFRcVeIHSQjXIC/Apf"
    "cfLHzPGorCUEV22Cr9+5sf0sXjEZOhltJ/gJkenQvAIw7JEh+z41Qd4Nqvzg/AzGCVT8Fx"
    "Fz7QW1fyZ0TkaMWI591ybcEc7IG1u8P/wq5CaXdYs4DIT7wn5jLl0MyDfNRPZ1P9la2Wi2"
    "bKMR/68AdDC+gcLfwdFRGWvM0VG+NQbvJRKAv3vMzg4WK8izjhI1EOn94xJA7yc1/khzl+"
    "N0SXXDpBKjCjjHqZoI9EFRdMEC6YP3+VDjvUTU6eI0TGNdFOQRp2tSbbANN7LlY3pwdFxl"
    "oYcUzQurXr1R90WUkVnIp0LOxZxVKXMmJeztWKpuqWnN3EoVMyIkTVjkm45hCjWjKhtLnK"
    "rOC75OLjqTYzM5HXSkZWpAxkhVEcjyRSB3y1lXFwbsnLcuNIZUZXOcciMZnMoluxyTN1pQ"
    "9IWLBirNULnAdxli5Y/dpD9WJceuPjl2Ox7Dr8w24BeeMllJrpXhPEwOaRf5EQ3HmYAQLX"
    "XG8hHPvuNLuKNsR/rEbMYMTqg9JxNYVR+JxMwgMGRow1Gvee4cvWHS/QaMwnt3wAU/d0/6"
    "tma6jvNkhj6v/6noWuzgqDvM/APZh4ueIbeOSxjVx/KRgsTkwaPaZDRHZ6M+Zg9ApFOuU4"
    "N9Ipwxgr/gHwbTTZHb94+3b/cP3rhs4jxQa29ioFeUIPf4jQ2/Bz9p8Zbwb38FhjmQ3pjN"
    "AxfhHb7TSJSxtUu6/1RaYC3TAutj4amRh3Ut9h3qeWwyzaq+n7vUoyRNco2srJpkZH+tqt"
    "YnSFWsdd0U+5SAvh1554vrzKZZUo68USjb3OGQkjINagscTnE4eccYoAR7K98j8up/HZAW"
    "gqoAokMxRTKCRdfTcsqzZlrxQa6CcxoWnFMjqPdLndL7Baf0fsYpvfgmKjdCyCBtgmFx3Y"
    "71BGxaXqGK0sBrzyxckcS/Rkt+9ehPHNsbW3NZtVwTgafV1LGcCRpU+3zDgTzKIdlYkVZ1"
    "tX8RbK6T5nLOsLBYK09/8W8/rcVoEzGyQoE4n2BsTmXKgTAugvZBiZgwu85bGaLMEhHyJa"
    "VSEXgm8uuhqQyDLSsx6pBr7O4XPeSiX2XZbypKo7zXKkCghgECd4Hp75m+7IUJccfgLuvF"
    "jn7K5XK2VwDqSw+72I6wieWfM4RMvyp0vnCJxumSTn8CR7/BbM+klvCHow/6csrsTu8Ndr"
    "ajnonle5ltTB2AT/ixxQM/kSFnQOtpnFHLLxDc6fbfHBwdv/lyct4mI2eGrnlH5MiaRlZC"
    "8caeLQMAsK6aNNNLwRfJhDXfkJdxsLiB9Y2lzLxHhrg2Frm+QnRGL4AvMRVk6saScAUH06"
    "Lz4ltWsvOLdgDU6qRfiwsg9sGmgc4PJ04RNgLxzQcWCxTHZlazh6LI4hhZI6CPL/Yytv98"
    "03+G5X+jfZDrje1aIn5Gon2jWwnkKE0jcT78UAroww8FSOPNVGsp+JfnGyjjYP+zf3mRDX"
    "acKmlLMnWP/I9YJt/FSKsCkBGP4l07uUG345YhnCC5ayuD3lIH6K4Z9JTX6kWw2aLc00An"
    "XIbRSVrV87LOnN6Khb5m/FQG+p2EWGXwbTKDb9M+j5rtEatzeWzHPt/HgpZGn7kPzM2x1S"
    "eHtIu7lOCwIAPoaev9L5iyRo2JaXMypg/Y0c/DEA9RbFPM9Ur03EPLdxsjPtDCjs32FuZu"
    "00BbOo4c7hHZE9DzgGWcwFta88CEDmdjRtuSzT5e1getZvcnfTFeuA7g/MZufKJQKfKRBM"
    "b6j+K9RgxLdPKAWPRTUcH7tTmX2gW2+y3bluu5qb4E03LNkF+rZXkrds9aA7wus+eGbfg1"
    "x3gtfZO2bFeuGeSbNisre+NSh+cuWKFqEiV/Qi2rlaENieuFKpAOI8rHLlEhxhMq44Laiw"
    "7i2FwA/sIy/37vcAbryfiEfzkzzzIfGPfVFL8gh9+loy2ChFBdyImn38RDhabj934M2ofw"
    "YZssroVb4VCQwQ0+hYXMNJSRh0LFwQ//k2jHLlUerHmA/dQt1IGG2CWdo+INL+7xITxyGM"
    "RZLWKdrq/OZFGUR/gplN9jTZSUamfekqHJtVBzBUVuGHqfxGQCEqQU0I3YHbXhgQPMbQsa"
    "LKSUMiTCa7LxAs5yD+vchpUmyrFQ8idznaBmzMgx5nImZpRunBAx1MS9ZRk9FBYnfPbIeG"
    "Gh7DHJ5pkAVeH4qM0j56mL8sfZ97OvxjmfoFZhaFtWZaczF46BnEi0pytiR8jrbOFuXXW/"
    "nv3ahuNvcNbFgtgDOOySW+123AoqgGfd0n9wzlQBOUrTSJzXo8nGDuY03k+Vv47TqvrX5e"
    "tfpw/ZCsiniRX05aFPys1V7MFZtI3YbjZtE04rKsuwodDioxhRhhG6ZcImopkZTub80zZG"
    "1Dyb5mGZ5mOH+b3HDlOtx4SmCBtGNaEmTtU8nN+Vkh7fFUiP79LSY7A3VG0RHqVqHtT7B2"
    "XkRxhV0H0sJT2q6OOltvFdMBOX6cGlnYyZfs8MtDqkOLwjrbf61ycn3X4fTQzdq6vLq3Xa"
    "GMjJT92Tn8nrGx+cmxbpXZDXr/x3eNUmr8Q7vPqhgjlCTpVTNS+//1+cqkFlw1ZW5Ja5ru"
    "NWrkYYp2reObJ6e5pELLdpfL4SkCJsAtqb18N8v1DVJj4pQoX+M9BHc/9S6AeECv3q6E9d"
    "ZzL1ZAnNKvXhU3Tq+MyopwkYyUYk1QHOpFUgp0GeCYcxd2auvrRHMDlHjXeS1tery2+90+"
    "6VENf7oNuAelSTLrnGzJW1kCdVVnqCSnWbyFjkt6bL/d22GrhpQrWHpOFVqYjr3xzCUJ6y"
    "CIcUCt8SMRlh6FQFjONUCucSxqZtdR99YTir1GWVulzHNNudaD5as72iLLYFvUfhFcjF9d"
    "lZK+vQWwG+5+FMzcQ2ftKXwDYzGq4yrn46dzMxDSXUEniqMgbPK2MQorqddB3ZtQJ7DrVy"
    "e1qIu+0SLS1wYIWOFtIEKBtTBMV3RRKQTO4Q2SJB7QAxt6gkcD04+USG4m+RYmJ6nAiDAI"
    "yZMDujWMGan/Vk/wxBnyoBXCnfQjXwxXubaOA7CVZ7laiXBZEKeKl1wEuew6Lo83qmo6Ju"
    "7NxOEzbVuER11dg52WzLJaawH0JeNvXiXqFY5sAorXpa9Qz45ZJHOm8TvzXD49jh8F/HvY"
    "cbmN5smMz4SEQ6NIpPKBdhdSdTJvtazLjDGUy4bzNMHsZU5Uc5Eks6YXYRz82w3tTzMdm6"
    "5xGEVpD7suCEzkEeJHfywTKlm9kGNoTAkBhtxG7hE1qkX1Pu2PD+4WWXyYxn2NgAbewSLa"
    "aFaze2r6/CbzAWcwvZs02GsegDIW6CSMo4iA3wze2Rzi3MRYYGo4ZG8d9DYjsBJjoMhXce"
    "zbjf5yK/OUVuNnQ89ziVuazyg1V+8Pp3d5UfXNfjVOUHq/xglR+s8oN3F3qVH1yD2FyVH1"
    "wTRqj84PRpq/KDVX5ww6BW+cH12cZ3zV2iogJVlGuTcFbR2uvFV2UcrB/j7eY21u20XXXO"
    "jO8bMnLxLYoUyCBuEsgbDhmI+NoqLPMEVZPwX+Eij/ssK8CbRaowzsA4dNNW1ZDilJvRkD"
    "bpN22SgqTSeVQ6Tx1Dmp5M59lORNM16qufZ/o981oZQU3R2+2iuCZZ2WAkRlaIN+eziR8B"
    "jvgsAsBFvAwG+wStGMQTE3HhovsBvC7ZPyIT0555WfFL63gIBinhvAadi3mxB8Kc4NZP/p"
    "TN6+6AEmbhM30MT5WowHPhE3C9NhnKC9iQYQ+bP6A+K4KLZFcIOMQjb+jMPJgCe/bd2PiS"
    "MMc80sQB3x0o5XrKbbcQa5+weDr+EWrTMjQiGRL/W2R4tXgjFR+/WjE8PwwpxtAqck2MUB"
    "l+ay3XbNxQVjdmqliyXY8lW4Q9lz8oFiRN0mg3bLURtRsr4h7SKOCXBv4Ju3AR/o02DW+Y"
    "DSWq4xVuQSsrkKfYIQTLouJtRYxocP22DbNA2ciUjUzZyErbyDq6zjgXHTJbGTay6O12kY"
    "2MioGRU6RM+t+UudyxqUUktayaIGxEciDfI5e2NRf5dv2fOm8Ojo7RIMQ9WFtGVj7f8yes"
    "lMGmctS2m6Mm/l8B6GB8A3f5/VJK7X6BUrufVmplydMx5RkVKvJRjlM1blkfH5YA+vgwF2"
    "e8laiGqDvTrPSQ/A71IcWzutPXbUkXALuW9vQqrngZVuyceZl9n5ow3RJsjlOugM01ix5s"
    "Epctyj0NRLNlPuckreJ0nTmtVHyl4isVv7SK351Q04JPwxb2uJSKH73dLlLxGQ7UdDGyfI"
    "UfMVxEqNiolTszG6NF4GuHDYG3ZaAKBns4loEBK3sEo0/G8BdzkSq45ROIyjMuBqWI2jqj"
    "OaEEm6RlFvfZ0KMxZEZYFZAgsCr49DggYmEg17ZnWmQYyhVYVWfkGHMCaDPxiDF9YMlnK9"
    "NEHTfMdoFpApiniQ+mCtoxogaeUwdHZXRnGJXveT9Kac8L0LRb/HQrLe8s2nXhvsXVvo70"
    "Z9zZKpuGYkSN21VWbxlSBoqnhLJGKDQ1MlDUbCNrEpeV2qrUVqW2llZb+8CjXqZT2r/TLl"
    "JWOYzRzLKu6EubEaR4g7kNthEUVMUC/beg893CLjAOavqLHAqsiWbaM4Y1+slrGjia6cS0"
    "5j+kldEVz48a54XjX1xolx9BIY3NJWq6kvPOCXFAaxUPdZ1HUIFNQ7wFJf6KBhTahDvBCF"
    "CGQZtFRZjLN525LrO9GzscvhfXYU05kMGkgeIraeIv1AYq25AkifHypyk9t447bLtAzw2X"
    "RBru3Gi3OFGTgt1WlzTteEtK/nFKJfnXWibcLclfsXlZNstTrzKPQzKl2tWZvy57APlmqd"
    "06Rqn8znXmsiphmpYwVQnTXbbhK/PyS9i3lOFRGR6V4bFC2RhhdMqoFyO5UVQoxq8QXz75"
    "BQNSZGiKDD+Rfmgiv0QujHDEdtwJtcw/4foDtWYMY1fGpj4mkxnHci5EMj4/IWaVD0Hb41"
    "CG1mhiyiHgNxnJvlNsUYVGRgn56TbD4E+X6Y5rDMmja3rCtlnS4KesfNu18iFXqybbRGka"
    "eIYclZHHjvLFsaOUNBYAtkQcSwZp41b5finE9wsg309jXjlES4VnVQzPWjY0az1hWTVaz2"
    "vR6KaU80c4YitHZqUIG7i+15IjaZv6feU81AhN80wVqz8Z6QMIJq42cytt1XGq5uG8rl59"
    "U8Cp0nJeEDQR41IIF+CbahvkWEs3VQ1o67w3t6773SvspNo5Pe9dJFXSTaozkQRrj3qzjA"
    "TrcqiH1LXGvXMy6H0TPWxPe/3O57PuaT3A93+A5tfmqLKxZJA2b4tZi1SiLPu56DfKsj81"
    "lmRznFKxudZsFunplnNn2svmtkeJVZBBnXk9cWxvbM1lJS3tj5njZRyZRaUEcyZYKsqyZn"
    "zeUo3NiLOjGiuSlJuLdH2b5MDbXUA95VHdjgPwG3PNW1MXAconcKmV4QxMjWkXOQYfIqM1"
    "TIIs7SXk5vc3hnlneiKVvE3QPMeMNhnBmjKI5xBKxN7uB/RPZy5sSJmuwGfMVCYiX54wEX"
    "utpMd/RkRKFa+/ZU9ekk1lAU+xt8aqcK0M8uFnsIztIUJeZ8RbV90vvf6ge9UmXzv9/i+X"
    "V6faVRcGozmie97pnWmA0MWXbj1MEnXJXa/V8l999jr1POz6U6VtaJRE5QVlCaPKsPMStM"
    "DdygtSaSNLJhTAT5tNlvua46TKplM3PtdEl+2A5qmPW1ml3eWddmFV93DMU7pqPmNXHN75"
    "UhrvPVNkyFcBH5jLM/O182XfCEkDJd+DozJJTDCqIO4tlcaEH1UFhP3hDUR3Pf5Nx/YyM8"
    "Tya6ZHSFTR9IpF07d6mP39/3x5h2U="
)
