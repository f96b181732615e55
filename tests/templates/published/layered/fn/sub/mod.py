from shared import f
def h(e,c): return {'statusCode':200,'body':f()}
