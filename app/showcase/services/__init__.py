"""What happens to products: they are set up, filled up, counted again, and move through their life on sale."""

from app.showcase.services.publication import move_publication
from app.showcase.services.setup import ProductProfile, add_pickup, create_maker, create_product
from app.showcase.services.stock import correct_stock, restock

__all__ = [
    "ProductProfile",
    "add_pickup",
    "correct_stock",
    "create_maker",
    "create_product",
    "move_publication",
    "restock",
]
