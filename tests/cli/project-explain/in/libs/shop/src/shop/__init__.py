NAME = 'shop'
