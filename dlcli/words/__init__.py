"""How numbers, places, axes and near names are said; knows neither rich nor click."""
