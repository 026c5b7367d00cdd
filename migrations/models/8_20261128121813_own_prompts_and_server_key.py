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
    "eJztXWt32zbS/is4+pL0HMUbO7aTN/mk2GqqrW9ryel26x4KImGLa4pUCcqO2u1/f2cAUr"
    "zTpKILReNLG5MYkHoGBOY+f7UmjsEsvncypvY9a30kf7VsOsF/JO60SYtOp+F1vODRkSWG"
    "6mKMuEZH3HOp7sHlO2pxBpcMxnXXnHqmY+PgDpHDieeQpzH1CCUzzlziPNm8TezZZMRcZp"
    "A715mQffJkemNnhoPu6XSPDE2DDwl1gXrMCPxBnDs5i5zU2MOXMBwd3sK07zf0vJlt/jFj"
    "mufcMxjmwlN/+62FD9FMA+/Lh7R+/x3+bdoG+wZYwRj8c/qg3ZnMMmLQSypxXfPmU3Hts3"
    "nfs70fxVj8iSNNd6zZxA7HT+fw6vaCwLQ9vHrPbOZSj+ETPHfGxOtYls+6gEfyF4RD5FtG"
    "aAx2R2cWshWp5QuE11qadnE50Prdgaa1UiwPKCJc8S/pjo3LBV6VCwDEEnzzfwcH7969P3"
    "j77vjD0eH790cf3n6AseJ907fe/y1fJkRLTiUw633pXQzwhRxYk3Kt4oW/BQ31qKQSzAjR"
    "97lViQMhzfNcCDAvYkNwIeRD+DU1jBEh8A/wa9OwwwbkdgFfAXwPXpPaOksxIKBNwA8/qj"
    "7wt/hMHxPKSb/b7/cuL7STnzoXX7qnyS0rhycT+k2zmH3vjeHPdwcFcH/tXMPU16/fHfwQ"
    "x/zCv3MgbsXRh80tDf4/+5cXeXsOz8DbMHWP/I9YJt/FZV8AKQKBM084/8OKQvn6vPPvJM"
    "onZ5efBTgO9+5dMYuY4HMCct1lCI5GvTTyp3DHMycsG/04ZZIJPule8I/VsGKTJ0EBJwa9"
    "825/0Dm/irHjtDPo4p0DcXWeuPr6OMGixSTkl97gJ4J/kv9cXnSTXFuMG/ynhe9EZ56j2c"
    "6TRo0okMHl4FKMyxFBIL2zZbM3QlLnDa38ebKGvQulp7uHzBMc4UvD/aPjMvPe/pnNU0dJ"
    "AmRf9L3xp9kxsP8OVlNwNfx2Xfq0EDejiwx+O/xi5sll2emfdE67LYHwiOoPT9Q1tBjUeM"
    "c5cBJXFmPTtyYHk+QVatN7AQ7+CnznUOHw+oxz+auz9JHF7UKlhMtB5bUSx35kLqd4BQT/"
    "MaMGoDMkJheyv0W5RyYwJ7w1KgF4jQNmOqwLMnJhJY0/ETPQC0BPsK05mcEKcEGXsBz9Aa"
    "4IItd5ylRSNvz4DJ0loZ7EVBgAz3xk/nkDl2Dsb60HNsfbv1dSZPJ3vVVueNvVY9YiquVr"
    "LJ7pWawK0guCBp4uB2/flsAbRuUCLu7FJbUpfJqOTatgHCFZCmV/wdYT5P1SIO8XgLyfBp"
    "nPuccm2tR1JtMMiXjAvuVo3ynCJgBeJAJ3/z0oVkYWEvDZ5cWXYHhSQ4mjPwadzXHnmn/I"
    "ZCiDudaPLNKl7CA1Y4FvBjnYP3x/+OHd8eHC+rG4UmT0SBs4hJRSZQ9ZEDRhQW9gmwaJ3p"
    "tlrNxyNqSQus7HYqtzMuh97RLHJd2L07pYj6ambbMss7XjWIzaOUfkgigB+Aio6oP4Krbs"
    "z5eXZ7Et+3MvuSffnH/uwpkpQIdBppdjJvVVgyr7SISkeTvJ6hezf44BgDM7QxDJPQdTdE"
    "1yBqzsFERVNhAVljB9ZpCvwP5ZsxXeJPtnzHRQhdMxws3YuBWTl2TybrkyFJuXZPNsaizJ"
    "5jilYnOt2ewbditImCGFEjCfFzCVS1C5BHfSJZjYJFaA6M9ylt3aH8riGe6KMTjh8eTi5u"
    "xsWy7Wc6k9tTLcq8GtdpFrNWrnLeNatWEKdFpS4jtlX3GAi4lrwVxZPtFSdLf2rT10XIO5"
    "C2epwabe2I/o/ESGJtcCV+mQTKj7IEc5NiNTCgM9jOeUDlXxFMLHzhPfI7+MTYvBw102te"
    "Y4d39w3e2c9y6+tG9t0+PkyTU95pLhk+M+iA8Hpp9xDwhs9kSGFqOcaTPbM61hm1DbINxz"
    "puib1RkZ4r81l8F65lIuEq/PmQdv7LFv8CdSDEE65o4NkAxv7SAOVTiDuU2n8KJeaW+u/+"
    "v8BRkBRW6qBkaoold3Co+xPS3p5MV/hxbSyG9T/t9t+38l81JI59qpFuOVfSrDPpX4MirY"
    "sxOUyqhd3qjtOnkRDM/7bQLaOsvFrZt+97pNOv1+D5SziwG6b/q/9gfd83r4b/DESeOf73"
    "IPxtcZ89q62qnnUX08Yfj4FOb5IdcJMhV6/R2h1wuxqsqijxE1wc6x6YX/IvzzoZZATi7P"
    "r866g+5pG3SHy6sr/MePnd5Z9xT3fzgFu9fXN1eDujjx70zb5GNNLvNluZSapMYfSutpPB"
    "calVByCYPJjXqwgrmu4wKqRqW4zjhVjYGvjSVWIjYJrR5lz4IUYRPQ3vR5oALi1h23LEJi"
    "Nc95YHaViM4UnQrnTOusOmBkMXyL6gBn0iqQ0yB7jket6vgmyRS0aWhnIoSKOzNXX9r2kp"
    "yjxvty6+r68mvvtHstQmf7g955pzaS98KDUOUwjBHVGPglD8TjwxIoHx/mooy3EpGHEadF"
    "Cudnog7jpCrisM7hKynXWlVuZ06geF5nnqsAxBfBZmldWorPCVL1OdeZzyoCcc35Wosgjw"
    "oQx4gUys+jHA+5KQtznKrOvo66RnvysEDId4YnJsqN7BjsZeMU4yvu+dBPuRGsAN5IuOFu"
    "7RxlkY1tmSqmtrkxtX1GXX2M/qJWRlht5G67uGgRjtMwuqZkdO1AxK0iFRYxddxJEDDreR"
    "Zc8R1UH8nwzrEMJgsKYeyq8wSL4xUX8bAi0hQv2kBPLfNPIMRXSMfkrvVpGMnb85CEEoEI"
    "Tu5Tt8mI6XTGF/G4MJnrPOFgjML1mI2XhSInCh95poXlkMaUBy8nI3CDWYAWa7ne2v1/nZ"
    "keIw+MTdETbLpE1vL0SyhhPVggJLAe2T1zYdw8v+RrkJUa1ETKK6Ykw2n/aoVLqyXxwsst"
    "9m3qBrWr/FUXnmtieYh5xbrxv/v+zef+4Lp38aUl6GHJ4FX5KagKs7WrMOszO8WBfG9zSN"
    "EIcXDjfubww6wgh8epGgG8SmzbSYhVYtsmE9tyo4HWqN7sKrDxPbJOdUT7zDZOLGpOsuXx"
    "4OYz4rhtaDqOK5vrBpKiwSZTBwRSfY7SohSQfV/SRym9gphKQG6UaWh3pss9EDH5E3NRRn"
    "VQniRTOrccasB4YMGdZeoZwvi6H/ZcW4PIwzVUXHNk3qhUjElkQnxXdUNrkDeWZGAlzFOk"
    "DTy91xOTJ782DXTTcTXre5yugXivPuRjt9zCqsT+ct7CxZFS4XOK0jTwU1K63a5CvJyxIo"
    "NUQa7U6Rqo09GVqXTqsuiWUaxTR6CCtwS80YO/TgaLH00Ba8pWIa63i8wUdzCidDEeHBwr"
    "qrNHeh4no7nH+KLToTP6L9M9MpT/Rw1vSEzZQARLvcPEaBFgspSNKXx2193O6a9ZVXzW+0"
    "BR/oebfzJNTLioAURt25nBYIPgTfIkavlIEwj8AwZddS9ORZIuugVFxV4gdJCNcgL8Cl9x"
    "8sfM8aisJQRXbYKv37m1/SxeMRk6GW0n+AmR6dC8AjDskSH7NjVB3g2q/OD8DMYJVPwXEX"
    "PtBbV/JnRORoxYjn3fJtwRzshbW7w//CrkJpd1izgMhPvCfmMuXQzIN81E9nU/2VrZaLZs"
    "oxH/rwB0ML6Bwt/B0VEZa8zRUb41Bu8lEoC/eczODhYryLOOEjUQ6f3jEkDvJzX+SHOX43"
    "RJdcOkEqMKOMepmgj0QVF0wQLpg/f5UOO9RNTp4jRMY10U5BGna1JtsA03suVjenB0XGWh"
    "hxTNC6tevVH3RZSRWcinQs7FnFUpcyYl7O1Yqu6oac3cShUzIiRNWOSbjmEKNaMqG0ucqs"
    "4Lvk4uOpNjMzkddKRlakDGSFURyPJFIHfLWVcXBuycty40hlRlc5xyIxmcyiW7HJM3WlD0"
    "hYsGKs1QucB3GWLlj92kP1Ylx64+OXY7HsMrZhvwC0+ZrCTXynAeJoe0i/yIhuNMQIiWOm"
    "P5iGff8SXcUbYjfWI2YwYn1J6TCayqj0RiZhAYMrThqNc8d47eMOl+A0bhvXvggp+7J31b"
    "M13HeTJDn9f/VHQtdnDUPWb+gezDRc+QO8cljOpj+UhBYvLgUW0ymqOzUR+zRyDSKdepwT"
    "4RzhjBX/APg+mmyO37x9u3+wdvXDZxHqm1NzHQK0qQe/zWht+Dn7R4S/i3vwLDHEhvzOaB"
    "i/Ae32kkytjaJd1/Ki2wlmmB9bHw1MjDuhb7DvU8NplmVd/PXepRkia5RlZWTTKyv1ZV6x"
    "OkKta6bop9SkDfjrzzxXVm0ywpR94olG3ucUhJmQa1BQ6nOJy8YwxQgr2V7xF59b8OSAtB"
    "VQDRoZgiGcGi62k55btmWvFBroJzGhacUyOo90ud0vsFp/R+xim9+CYqN0LIIG2CYXHdjv"
    "UEbFpeoYrSwGvfWbgiiX+Nlvzq0Z84tje25rJquSYCT6upYzkTNKj2+YYDeZRDsrEirepq"
    "/yLYXCfN5ZxhYbFWnv7i335ei9EmYmSFAnE+wdicypQDYVwE7YMSMWF2nbcyRJklIuRLSq"
    "Ui8Ezk10NTGQZbVmLUIdfY3S96yEW/yrLfVJRGea9VgEANAwTuA9Pfd/qyFybEHYO7rBc7"
    "+imXy9leAagvPexiO8Imln/OEDL9qtD5wiUap0s6/Qkc/QazPZNawh+OPujLKbM7vTfY2Y"
    "56JpbvZbYxdQA+4ccWD/xEhpwBradxRi2/QHCn239zcHT85svJeZuMnBm65h2RI2saWQnF"
    "G3u2DADAumrSTC8FXyQT1nxDXsbB4gbWN5Yy8x4Z4tpY5PoK0Rm9AL7EVJCpG0vCFRxMi8"
    "6Lb1nJzi/aAVCrk34tLoDYB5sGOj+cOEXYCMQ3H1gsUBybWc0eiiKLY2SNgD6+2MvY/vNN"
    "/xmW/432Qa43tmuJ+BmJ9o1uJZCjNI3E+fBDKaAPPxQgjTdTraXgX55voIyD/c/+5UU22H"
    "GqpC3J1D3yP2KZfBcjrQpARjyKd+3kBt2OW4ZwguSurQx6Sx2gu2bQU16rF8Fmi3JPA51w"
    "GUYnaVXPyzpzeisW+prxUxnodxJilcG3yQy+Tfs8arZHrM7lsR37fB8LWhp95j4yN8dWnx"
    "zSLu5SgsOCDKDnrfe/YMoaNSamzcmYPmJHPw9DPESxTTHXK9FzDy3fbYz4QAs7NttbmLtN"
    "A23pOHK4R2RPQM8DlnECb2nNAxM6nI0ZbUs2+3hZH7Sa3Z/0xXjhOoDzG7vxiUKlyEcSGO"
    "s/ivcaMSzRyQNi0U9FBe/X5lxqF9jut2xbruem+hJMyzVDfq2W5a3YPWsN8LrMnhu24dcc"
    "47X0TdqyXblmkG/arKzsjUsdnrtghapJlPwJtaxWhjYkrheqQDqMKB+7RIUYT6iMC2ovOo"
    "hjcwH4C8v8+73DGawn4xP+5cw8y3xk3FdT/IIcfpeOtggSQnUhJ55+Ew8Vmo7f+zFoH8KH"
    "YsDicrgbDoVGg9/5J9F9XWo4WOIA26dbqPIMsSk6Rz0b3tPjQ+xj4EdVDWWXdpQUbu2b67"
    "N2Wnsz78jQ5FqonCJ96GASM4hfjZQCnRG7pzYodJi9FrRQSKldSOMyLJEieivgLA+wlG1Y"
    "TKLiCiV/MtcJysKMHGMup2JG6d4IEVtM3CGW0SZhcYhnj4zXDsoek+yPCVAVjo+aNXKeuq"
    "hwnH0/+2qc2wlqFWm2ZW11OnNhp88JNnu+6HWEvM5G7NZ19+rs1zaccIOzLta8HsB5ltxN"
    "t+M5UDE66xbwg8OlCshRmkbivB5lNXYwp/F+rsJ1nFaVuC5f4jp9yFZAPk2soC8PfVI0rm"
    "LyzaJtxHazabNvWhFZhg2FRh3FiDKM0C0TNhHNzPAj55+2MaLmmS0Py/QXO8xvL3aY6i4m"
    "NEXYMKoJNXGq5uH8rpT0+K5AenyXlh6DvaFqF/AoVfOg3j8oIz/CqIIGYynpUQUYL7WN74"
    "IluEybLe1kzPQHZqDVIcXhHemu1b85Oen2+2hi6F5fX16v08ZATn7qnvxMXt/64Ny2SO+C"
    "vH7lv8OrNnkl3uHVDxXMEXKqnMJ4+S3+4lQNqgy2sjq2zHUdt3LBwThV886R1dvTJGK5fe"
    "HzlYAUYRPQ3rwexqfwBkyr2qcnRajQr47+1HUmU0/WaaxShDxFpzbwjKKNgJHsdlEd4Exa"
    "BXIa5JlwWXJn5upL+6SSc9R4J2ldXV9+7Z12r4XA2AfpGgT0mrRiNWauLLg7qbLSE1SqpU"
    "HGIr8zXe7vttXATROqPSQNr8p3W//mEAaTlEU4pFD4logKCIN3KmAcp1I4lzB3bKvF5QvD"
    "WeXHqvzYOuZy7kSHy5rtFWWxLWhwCa9ALm7OzlpZh94K8D0PZ2omtvGTvgS2mfFYlXH1c4"
    "abiWkooZbAU+XKf1+ufIjqdnJCZGsEbGzTym2cIO62S/RNwIEV2iZIE6DsfhBUeBWZJjK9"
    "QOQrBAnqYm6Rrn4zOPlEhuJvkeRgepwIgwCMmTA7IyN+zc96tkmDoE/Vma0U8a+6xOK9TX"
    "SJnQSrvUrcxYJIhVzUOuQiz2FR9Hl9p6OibuzcTqcv1R1DtW7YOdlsy3WMsOh+Xsru4l6h"
    "WObAKK167u4M+OWSJzpvE7/+/9PY4fBfx32AG5hDa5jM+EhEzi2KTygXYQkhU6abWsy4xx"
    "lMuG8zZrRFluyTHIl1gzC/heem8W7q+ZjR2/MIQivIfVlwQucgD5J7+WCZN8xsA7sOYFCG"
    "NmJ38AktMn8pd2x4//Cyy2TOLWxsgDa2IhbTwrVb29dX4TcYi7mF7Nkmw1j0gcwAtgnjID"
    "bAN7dHOncwFxkajBoaxX8Pie0EmOgwFN55NON+M4X8Dgi5+bjx7NdU7qzKUFUZquvf3VWG"
    "al2PU5WhqjJUVYaqylDdXehVhmoNYnNVhmpNGKEyVNOnrcpQVRmqDYNaZajWZxvfNXeJig"
    "pUUa5NwllFa68XX5VxsH6Mt5vbWLfTdtU5M75vyMjFtyhSIIO4SSBvOGQg4mursMwTVE3C"
    "f4WLPO6zrABvFqnCOAPj0E1bVUOKU25GQ9qk37RJCpJK51HpPHUMaXo2nWc7EU03qK9+nu"
    "kPzGtlBDVFb7eL4ppkZYORGFkh3pzPJn4EOOKzCAAX8TIY7BPU+xdPTMSFi/r78Lpk/4hM"
    "THvmZcUvreMhGKSE8xp0LubFKvxzgls/+VN2SLsHSpiFz/Qx9gwQqMBz4RNwvTYZygvYEm"
    "APWw6gPiuCi2QvAjjEI2/ozDyYAhvD3dr4kjDHPNJGAN8dKOV6yi34Hyvgv3g6/hFq0zI0"
    "IhkS/1tkeLV4IxUfv1oxPD8MKcbQKnJNjFAZfmst12zcUFY3ZqpYsl2PJVuEPZc/KBYkTd"
    "JoN2y1EdUDK+Ie0ijglwb+GbtwEf6NNg1vmA0lquMVbkErK5Cn2CEEy6LibUWMaHD9tg2z"
    "QNnIlI1M2chK28g6us44F00aWxk2sujtdpGNjIqBkVOkTPrflLncsalFJLWsmiBsRHIg3y"
    "OXtjUX+Xb9nzpvDo6O0SDEPVhbRlY+3/dPWCmDTeWobTdHTfy/AtDB+Abu8vullNr9AqV2"
    "P63UypKnY8ozKlTkoxynatyyPj4sAfTxYS7OeCtRDVF3plnpIflt0EOK72qBXrclXQDsWn"
    "qgq7jiZVixc+Zl9m1qwnRLsDlOuQI21yx6sElctij3NBDNlvmck7SK03XmtFLxlYqvVPzS"
    "Kn53Qk0LPg1b2ONSKn70drtIxWc4UNPFyPIVfsRwEaFio1buzGyMFoGvHTYE3paBKhjs4V"
    "gGBqzsEYw+GcNfzEWq4JZPICrPuBiUImrrjOaEEmzTlVncZ0OPxpAZYVVAgsCq4NPjgIiF"
    "gdzYnmmRYShXYFWdkWPMCaDNxCPG9JEln61ME3XcMNsFpglgniY+mCpox4gaeE4dHJXRnW"
    "FUvuf9KKU9L0DT7vDTrbS8s2jXhfsWV/s60p9xZ6tsGooRNW5XWb1lSBkonhPKGqHQ1MhA"
    "UbONrElcVmqrUluV2lpabe0Dj3qZTmn/TrtIWeUwRjPLuqIvbUaQ4g3mNthGUFAVC/Tfgc"
    "53B7vAOKjpL3IosCaaac8Y1ugnr2ngaKYT05r/kFZGVzw/apwXjn9xoV1+BIU0Npeo6UrO"
    "OyfEAa1VPNR1nkAFNg3xFpT4KxpQaBPuBCNAGQZtFhVhLt905rrM9m7tcPheXIc15UAGkw"
    "aKr6SJv1AbqGxDkiTGy5+m9Nw67rDtAj03XBJpuHOj3eJETQp2W13StOMtKfnHKZXkX2uZ"
    "cLckf8XmZdksT73KPA7JlGpXZ/667BHkm6V26xil8jvXmcuqhGlawlQlTHfZhq/Myy9h31"
    "KGR2V4VIbHCmVjhNEpo16M5EZRoRi/Qnz55BcMSJGhKTL8RPqhifwSuTDCEdtxJ9Qy/4Tr"
    "j9SaMYxdGZv6mExmHMu5EMn4/ISYVT4EbY9DGVqjiSmHgN9kJPtOsUUVGhkl5KfbDIM/Xa"
    "Y7rjEkT67pCdtmSYOfsvJt18qHXK2abBOlaeAZclRGHjvKF8eOUtJYANgScSwZpI1b5ful"
    "EN8vgHw/jXnlEC0VnlUxPGvZ0Kz1hGXVaD2vRaObUs6f4IitHJmVImzg+l5LjqRt6g+V81"
    "AjNM0zVaz+ZKSPIJi42syttFXHqZqH87p69U0Bp0rLeUHQRIxLIVyAb6ptkGMt3VQ1oK3z"
    "3ty66XevsZNq5/S8d5FUSTepzkQSrD3qzTISrMuhHlLXGvfOyaD3VfSwPe31O5/Puqf1AN"
    "//AZpfm6PKxpJB2rwtZi1SibLs56LfKMv+1FiSzXFKxeZas1mkp1vOvWkvm9seJVZBBnXm"
    "9cSxvbE1l5W0tD9mjpdxZBaVEsyZYKkoy5rxeUs1NiPOjmqsSFJuLtL1bZIDb3cB9ZRHdT"
    "sOwK/MNe9MXQQon8ClVoYzMDWmXeQYfIyM1jAJsrSXkJvf3hjmvemJVPI2QfMcM9pkBGvK"
    "IJ5DKBF7ux/QP525sCFlugK/Y6YyEfnyhInYayU9/jMiUqp4/S178pJsKgt4ir01VoVrZZ"
    "APP4NlbA8R8joj3rrufun1B93rNrnq9Pu/XF6fatddGIzmiO55p3emAUIXX7r1MEnUJXe9"
    "Vst/9dnr1POw60+VtqFREpUXlCWMKsPOS9ACdysvSKWNLJlQAD9tNlnua46TKptO3fhcE1"
    "22A5qnPm5llXaXd9qFVd3DMc/pqvmMXXF450tpvPedIkO+CvjIXJ6Zr50v+0ZIGij5HhyV"
    "SWKCUQVxb6k0JvyoKiDsD28guuvxbzq2l5khll8zPUKiiqZXLJq+1cPs7/8HwCMCYQ=="
)
