"""What ops on images, of networks and of segments refuse: the error names the argument, its value, what is allowed."""
# ruff: noqa: E501 (a table)

from __future__ import annotations

import numpy as np
import pytest

import keras_core
from keras_core import ops

IMAGES = np.zeros((2, 6, 5, 3), "float32")
VECTOR = np.zeros((3,), "float32")
IDS = np.array([0, 2, 2], "int32")
LOGITS = np.zeros((2, 6, 4), "float32")

REFUSED = [
    ("ops.image.resize(VECTOR, (2, 2))", "received shape \\(3,\\)"),
    ("ops.image.resize(IMAGES, 3)", "`size` is a pair .* size=3"),
    ("ops.image.resize(IMAGES, (0, 3))", "integers >= 1; received: size=\\(0, 3\\)"),
    ("ops.image.resize(IMAGES, (2, 2), interpolation='area')", "`interpolation` is one of .*'lanczos5'.*'area'"),
    ("ops.image.resize(IMAGES, (2, 2), fill_mode='wrap')", "`fill_mode` is 'constant'.*'wrap'"),
    ("ops.image.resize(IMAGES, (2, 2), crop_to_aspect_ratio=True, pad_to_aspect_ratio=True)", "only one of"),
    ("ops.image.resize(IMAGES, (2, 2), data_format='last')", "`data_format` is .*'last'"),
    ("ops.image.rgb_to_hsv(IMAGES[..., :2])", "3 channels; received shape \\(2, 6, 5, 2\\)"),
    ("ops.image.hsv_to_rgb(IMAGES.astype('uint8'))", "floats.*received dtype uint8"),
    ("ops.image.rgb_to_grayscale(IMAGES[..., :2])", "1 or 3 channels"),
    ("ops.image.crop_images(IMAGES, 1, 1, 2)", "exactly two of left_cropping, right_cropping, target_width"),
    ("ops.image.crop_images(IMAGES, -1, 1, 2, 1)", "`top_cropping` is an integer >= 0; received: top_cropping=-1"),
    ("ops.image.crop_images(IMAGES, 4, 1, 4, 1)", "the height of images .* is 6.* need 8"),
    ("ops.image.pad_images(IMAGES, 1, 1, target_height=3, target_width=9)", "target_height=3 is less than the height"),
    ("ops.image.extract_patches(IMAGES, 2.5)", "`size` is an integer >= 1.*size=2.5"),
    ("ops.image.extract_patches(IMAGES, 2, padding='full')", "`padding` is one of .*'full'"),
    ("ops.image.extract_patches_3d(VECTOR, 2)", "3 spatial dimensions.*\\(3,\\)"),
    ("ops.image.affine_transform(IMAGES, np.zeros((3, 8)))", "`transform` has shape \\(8,\\).*\\(3, 8\\)"),
    ("ops.image.affine_transform(IMAGES, np.zeros(8), interpolation='bicubic')", "'nearest' or 'bilinear'.*'bicubic'"),
    ("ops.image.affine_transform(IMAGES, np.zeros(8), fill_mode='edge')", "`fill_mode` is one of .*'edge'"),
    ("ops.image.perspective_transform(IMAGES, np.zeros((3, 2)), np.zeros((4, 2)))", "`start_points` has shape \\(4, 2\\)"),
    ("ops.image.map_coordinates(IMAGES[0, ..., 0], np.zeros((3, 4)), 1)", "`coordinates` has shape \\(rank of inputs"),
    ("ops.image.map_coordinates(IMAGES[0, ..., 0], np.zeros((2, 4)), 3)", "`order` is 0 or 1; received: order=3"),
    ("ops.image.scale_and_translate(IMAGES, (2, 4, 4, 9), VECTOR[:2], VECTOR[:2], (1, 2), 'linear')", "`output_shape`"),
    ("ops.image.scale_and_translate(IMAGES, (2, 4, 4, 3), VECTOR, VECTOR[:2], (1, 2), 'linear')", "`scale` holds a number"),
    ("ops.image.scale_and_translate(IMAGES, (2, 4, 4, 3), VECTOR[:2], VECTOR[:2], (1, 2), 'nearest')", "`method` is one of"),
    ("ops.image.gaussian_blur(IMAGES, sigma=0)", "`sigma` is a number > 0.*sigma=0"),
    ("ops.image.elastic_transform(IMAGES, sigma=-1.0)", "`sigma` is a number > 0.*sigma=-1.0"),
    ("ops.image.sobel_edges(IMAGES[0])", "a batch of images, of 4 dimensions; received shape \\(6, 5, 3\\)"),
    ("ops.image.ssim(IMAGES, IMAGES)", "filter_size=11 does not fit"),
    ("ops.image.ssim(IMAGES, IMAGES[0])", "one shape"),
    ("ops.psnr(IMAGES, VECTOR, 1.0)", "`x1` and `x2` have one shape"),
    ("ops.adaptive_max_pool(IMAGES, 0)", "`output_size` is an integer >= 1.*output_size=0"),
    ("ops.adaptive_average_pool(IMAGES, (2, 2, 2))", "a tuple of 2"),
    ("ops.depth_to_space(IMAGES, 2)", "channels of `x` .* multiple of 4.*received 3"),
    ("ops.space_to_depth(IMAGES, 2)", "width of `x` .* multiple of 2.*received 5"),
    ("ops.depth_to_space(IMAGES, 1)", "`block_size` is an integer >= 2; received: block_size=1"),
    ("ops.unfold(IMAGES, 9)", "does not fit"),
    ("ops.fold(LOGITS, (6, 5), 2)", "takes 20 positions over output_size=\\(6, 5\\)"),
    ("ops.multi_hot(IDS)", "`num_classes` is an integer >= 0; received: num_classes=None"),
    ("ops.one_hot(IDS, 4, axis=5)", "axis=5 is out of range"),
    ("ops.segment_sum(VECTOR, IDS[:2])", "segment_sum.*\\(3,\\) and segment_ids of shape \\(2,\\)"),
    ("ops.segment_max(VECTOR, IDS, num_segments=-1)", "`num_segments` is an integer >= 0 or None.*-1"),
    ("ops.ctc_loss(IDS, LOGITS, IDS[:2], IDS[:2])", "`target` has shape \\(batch, max_target_length\\)"),
    ("ops.ctc_loss(IDS[None].repeat(2, 0), LOGITS, IDS, IDS[:2])", "`target_length` has shape \\(2,\\)"),
    ("ops.ctc_decode(LOGITS, IDS[:2], strategy='best')", "`strategy` is 'greedy' or 'beam_search'.*'best'"),
    ("ops.ctc_decode(LOGITS, IDS[:2], mask_index=9)", "one of 4 classes; received: mask_index=9"),
    ("ops.ctc_decode(LOGITS, IDS[:2], 'beam_search', beam_width=0)", "`beam_width` is an integer >= 1"),
]


@pytest.mark.parametrize(("call", "told"), REFUSED, ids=[call for call, _ in REFUSED])
def test_bad_arguments_are_explained(call, told):
    with keras_core.use_backend("numpy"), pytest.raises(ValueError, match=told):
        eval(call)


def test_a_projective_map_is_what_perspective_transform_finds():
    """The last two numbers of `affine_transform`, which Keras takes for a mixing of channels on all but TensorFlow."""
    image = np.random.default_rng(0).uniform(size=(6, 5, 1)).astype("float32")
    matrix = np.array([[1.1, 0.1, 0.3], [-0.1, 0.9, 0.2], [0.02, 0.01, 1.0]])
    end = np.array([[0, 0, 1], [4, 0, 1], [0, 5, 1], [4, 5, 1]], "float64")
    start = end @ matrix.T
    with keras_core.use_backend("numpy"):
        found = ops.image.affine_transform(image, matrix.reshape(-1)[:8].astype("float32"))
        wanted = ops.image.perspective_transform(image, start[:, :2] / start[:, 2:], end[:, :2])
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)


def test_elastic_transform_moves_pixels_as_far_as_it_says():
    """Noise of deviation `sigma`, smoothed by a Gaussian of `sigma` and scaled: `alpha / (2 * sqrt(pi))` pixels."""
    ramp = np.tile(np.arange(200, dtype="float32")[None, :, None], (200, 1, 1))
    with keras_core.use_backend("numpy"):
        moved = ops.image.elastic_transform(ramp, alpha=5.0, sigma=2.0, fill_mode="nearest", seed=1)
        again = ops.image.elastic_transform(ramp, alpha=5.0, sigma=2.0, fill_mode="nearest", seed=1)
    np.testing.assert_array_equal(moved, again)
    assert abs(np.std((moved - ramp)[30:-30, 30:-30]) - 5.0 / (2 * np.sqrt(np.pi))) < 0.1


def test_the_loss_of_a_sequence_that_does_not_fit_is_large_and_finite(backend):
    lengths = ops.convert_to_tensor([3]), ops.convert_to_tensor([4])
    loss = ops.ctc_loss(np.array([[1, 1, 1]], "int32"), np.zeros((1, 6, 4), "float32"), *lengths)
    np.testing.assert_allclose(ops.convert_to_numpy(loss), [1e5], rtol=1e-3)
