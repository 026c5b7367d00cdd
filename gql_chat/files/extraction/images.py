"""Images for models: upright, of a size that is worth its tokens, in a format that all models know."""

from io import BytesIO

from PIL import Image, ImageOps, UnidentifiedImageError

from gql_chat.files.extraction.pdf import BROKEN
from gql_chat.infra.sandbox.child import Refused

MAX_PIXELS = 64_000_000  # 256 MB unpacked
FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "AVIF")
MAX_PNG_BYTES = 1024**2  # a photograph as PNG is several times what it is as JPEG
JPEG_QUALITY = 88
_TOO_LARGE = f"it has more than {MAX_PIXELS:,} pixels"
_UNCHANGED = {"PNG": "image/png", "JPEG": "image/jpeg"}


def check_image(data: bytes) -> None:
    """Raise Refused for an image that cannot be shown."""
    _load(data, max_edge=64)


def fit_image(data: bytes, max_edge: int) -> tuple[str, bytes]:
    """Return the media type and bytes of the image's first frame, no edge longer than `max_edge`. Raise Refused."""
    image = _load(data, max_edge)
    kind = image.format or ""
    if kind in _UNCHANGED and max(image.size) <= max_edge and len(data) <= MAX_PNG_BYTES and _is_plain(image):
        return _UNCHANGED[kind], data
    image = ImageOps.exif_transpose(image)
    image.thumbnail((max_edge, max_edge))
    transparent = image.has_transparency_data
    image = image.convert("RGBA" if transparent else "RGB")
    if transparent or kind in ("PNG", "GIF", "BMP"):
        png = _encode(image, "PNG")
        if len(png) <= MAX_PNG_BYTES:
            return "image/png", png
    if transparent:
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image).convert("RGB")
    return "image/jpeg", _encode(image, "JPEG", quality=JPEG_QUALITY)


def _load(data: bytes, max_edge: int) -> Image.Image:
    Image.MAX_IMAGE_PIXELS = None  # pillow's own check only warns, up to twice its limit
    try:
        image = Image.open(BytesIO(data), formats=FORMATS)
        if image.width * image.height > MAX_PIXELS:
            raise Refused(_TOO_LARGE)
        image.draft(None, (max_edge, max_edge))  # JPEG can be decoded at a fraction of its size
        image.load()
    except UnidentifiedImageError as exc:
        raise Refused(BROKEN) from exc
    except (OSError, SyntaxError, ValueError, EOFError) as exc:  # pillow's plugins raise these for broken files
        raise Refused(BROKEN) from exc
    return image


def _is_plain(image: Image.Image) -> bool:
    """Return whether the image is a single frame without EXIF data, such as time and place."""
    return not getattr(image, "is_animated", False) and not image.getexif()


def _encode(image: Image.Image, kind: str, **options: int) -> bytes:
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()
