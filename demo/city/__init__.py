"""The demo city as ordinary files, made from a seed: `python -m demo.city --seed N --out DIR`.

It has the shape of a city like Sibolga (Kemendagri 12.73). 50 agencies and 5,000 staff are an assumption, no official
head count. No person in it exists: names are drawn from lists of common parts, NIPs are valid in shape only.
"""

from demo.city.build import City, build
from demo.city.files import CityFiles, write

__all__ = ["City", "CityFiles", "build", "write"]
