"""What a trained encoder is, in a few lines."""

from __future__ import annotations

from dlcli.commands.attn.model_protocol import Work


def model_facts(work: Work) -> list[tuple[str, str]]:
    """Where it lies, and how large it is."""
    folder, design = work.encoder.folder, work.encoder.design
    each = folder.width // design.heads
    return [
        ("folder", folder.path),
        ("blocks", f"{folder.layers}, post-norm, {design.activation}; trained"),
        ("heads", f"{design.heads}, {each} of {folder.width} features each"),
        ("vocabulary", f"{len(folder.vocabulary):,} pieces"),
        ("weights", f"{work.parameters:,}"),
    ]
