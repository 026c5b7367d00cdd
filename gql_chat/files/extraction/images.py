"""Images as models take them: whole, upright, of a size that is worth its tokens, in a format that all of them know."""

from io import BytesIO

from PIL import Image, ImageOps, UnidentifiedImageError

from gql_chat.files.extraction.pdf import BROKEN
from gql_chat.infra.sandbox.child import Refused

MAX_PIXELS = 64_000_000  # 256 MB unpacked
FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "AVIF")
MAX_PNG_BYTES = 1024**2  # a photograph as PNG is several times what it is as JPEG
JPEG_QUALITY = 88
_TOO_LARGE = "it has more pixels than are read"
_UNCHANGED = {"PNG": "image/png", "JPEG": "image/jpeg"}


def check_image(data: bytes) -> None:
    """Raises Refused for an image that cannot be shown."""
    _load(data, max_edge=64)


def fit_image(data: bytes, max_edge: int) -> tuple[str, bytes]:
    """Media type and bytes of the image, of its first frame if it moves, no edge longer than that. Raises Refused."""
    image = _load(data, max_edge)
    kind = image.format or ""
    if kind in _UNCHANGED and max(image.size) <= max_edge and len(data) <= MAX_PNG_BYTES and _is_plain(image):
        return _UNCHANGED[kind], data
    image = ImageOps.exif_transpose(image)
    image.thumbnail((max_edge, max_edge))
    transparent = image.has_transparency_data
    image = image.convert("RGBA" if transparent else "RGB")
    if transparent or kind in ("PNG", "GIF", "BMP"):
        png = _saved(image, "PNG")
        if len(png) <= MAX_PNG_BYTES:
            return "image/png", png
    if transparent:
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image).convert("RGB")
    return "image/jpeg", _saved(image, "JPEG", quality=JPEG_QUALITY)


def _load(data: bytes, max_edge: int) -> Image.Image:
    Image.MAX_IMAGE_PIXELS = None  # which would only warn up to twice the number
    try:
        image = Image.open(BytesIO(data), formats=FORMATS)
        if image.width * image.height > MAX_PIXELS:
            raise Refused(_TOO_LARGE)
        image.draft(None, (max_edge, max_edge))  # JPEG can be unpacked at a part of its size
        image.load()
    except UnidentifiedImageError as exc:
        raise Refused(BROKEN) from exc
    except (OSError, SyntaxError, ValueError, EOFError) as exc:  # what pillow's plugins raise for broken files
        raise Refused(BROKEN) from exc
    return image


def _is_plain(image: Image.Image) -> bool:
    """Whether it is one still frame that says nothing of when and where it was taken."""
    return not getattr(image, "is_animated", False) and not image.getexif()


def _saved(image: Image.Image, kind: str, **options: int) -> bytes:
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()
