def f(): return 'shared'
