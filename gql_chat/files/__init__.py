"""Files: the upload policy, uploads, downloads, deletion, and the text of files."""
