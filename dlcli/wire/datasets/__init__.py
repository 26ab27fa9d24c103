"""Sets of pictures, or of rows of numbers, with their labels: read from files, drawn, or piped in."""

from dlcli.wire.datasets.dataset import DataSet as DataSet
from dlcli.wire.datasets.read import from_tensor as from_tensor
from dlcli.wire.datasets.read import open_data as open_data
from dlcli.wire.datasets.words import is_data as is_data
