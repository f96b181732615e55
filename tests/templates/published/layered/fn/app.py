from shared import f
def h(e,c): return f()
