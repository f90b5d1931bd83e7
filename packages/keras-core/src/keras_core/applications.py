"""`keras_core.applications`: the package that the add-on of that name brings."""

from keras_core.plugins import add_ons

add_ons.stand_in(__name__)
