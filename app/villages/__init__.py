"""The twenty villages, their BUMDes and Balkondes, their bank accounts, and the road minutes between them."""
