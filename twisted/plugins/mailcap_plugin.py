from twisted.application.service import ServiceMaker

mailcap = ServiceMaker("mailcap", "mailcap.tap", "A server that captures e-mail.", "mailcap")
dracula = ServiceMaker("dracula", "mailcap.dracula.tap", "A server that counts.", "dracula")
