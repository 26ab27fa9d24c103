"""Where a pooling's winners stand: the attributes that tell in what picture they were counted."""

from __future__ import annotations

#: The attributes of winners that hold rows and columns of the picture that was pooled.
POOLED = ("pooled height", "pooled width")
