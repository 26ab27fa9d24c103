"""Language models at work: how the next word is drawn, and models that count what follows what."""

from typing import TYPE_CHECKING

from dlcli.engines.base.door import open_door

if TYPE_CHECKING:
    from dlcli.engines.language.ngram import ngram_bits
    from dlcli.engines.language.sampling import Draw, draw

open_door(__name__)
